using Net.Mesh;
await using EventBus bus = await EventBus.CreateBuilder().WithShards(4).BuildAsync();
// <block>
