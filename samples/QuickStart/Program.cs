using System.Text.Json;
using System.Text.Json.Serialization;
using Net.Mesh;

await using EventBus bus = await EventBus.CreateBuilder()
    .WithShards(4)
    .WithBackpressure(Backpressure.DropOldest)
    .UseMemory()
    .BuildAsync();

bus.Emit(new TokenEvent("hello", 0), TokenJson.Default.TokenEvent);      // any value
bus.EmitRaw("""{"token":"world","index":1}"""u8);                        // bytes, the fastest
int accepted = bus.EmitBatch([new TokenEvent("a", 2), new TokenEvent("b", 3)], TokenJson.Default.TokenEvent);
await bus.FlushAsync();

using PollResponse page = await bus.PollAsync(new PollRequest { Limit = 100 });
foreach (StoredEvent e in page.Events)
    Console.WriteLine(e.GetString());

int seen = 0;
await foreach (TokenEvent token in bus.SubscribeAsync(TokenJson.Default.TokenEvent))
{
    Console.WriteLine($"{token.Index}: {token.Token}");
    if (++seen == 2 + accepted)
        break;
}

record TokenEvent(string Token, int Index);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TokenEvent))]
partial class TokenJson : JsonSerializerContext;
