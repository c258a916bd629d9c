using Net.Mesh;
EventBusBuilder builder = EventBus.CreateBuilder().WithShards(1);
// <block>
await using EventBus bus = await builder.BuildAsync();
bus.EmitString("{}");
await bus.FlushAsync();
