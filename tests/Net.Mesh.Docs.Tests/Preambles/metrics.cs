using Net.Mesh;
using Net.Mesh.Bus;
await using EventBus bus = await EventBus.CreateBuilder().WithShards(2).BuildAsync();
for (int i = 0; i < 5; i++)
    bus.EmitString("{}");
await bus.FlushAsync();
var seen = new Dictionary<string, long>();
// <block>
