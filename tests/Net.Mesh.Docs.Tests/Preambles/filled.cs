using Net.Mesh;
await using EventBus bus = await EventBus.CreateBuilder().WithShards(2).BuildAsync();
foreach (string room in new[] { "kitchen", "hall", "attic", "cellar", "porch" })
    bus.EmitString($$"""{"room":"{{room}}","unit":"C"}""");
await bus.FlushAsync();
// <block>
