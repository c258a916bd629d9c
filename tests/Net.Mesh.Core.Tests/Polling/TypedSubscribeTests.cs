using System.Text.Json.Serialization;

namespace Net.Mesh.Core.Tests.Polling;

public sealed partial class TypedSubscribeTests
{
    [Fact]
    public async Task Values_come_back_as_they_were_emitted()
    {
        await using EventBus bus = await StartAsync();
        var readings = Enumerable.Range(0, 20).Select(i => new Reading($"s{i}", i)).ToList();
        bus.EmitBatch(readings);
        Assert.Equal(readings, await TakeAsync(bus.SubscribeAsync<Reading>(), 20));
        Assert.Equal(readings, await TakeAsync(bus.SubscribeAsync(ReadingContext.Default.Reading), 20));
    }

    [Fact]
    public async Task An_event_that_is_no_such_value_ends_the_stream_by_default()
    {
        await using EventBus bus = await StartAsync();
        bus.Emit(new Reading("a", 1));
        bus.EmitString("not json");
        await using IAsyncEnumerator<Reading> values = bus.SubscribeAsync<Reading>().GetAsyncEnumerator();
        Assert.True(await values.MoveNextAsync());
        var e = await Assert.ThrowsAsync<EventBusException>(async () => await values.MoveNextAsync());
        Assert.Equal(EventBusException.Serialization, e.Kind);
    }

    [Fact]
    public async Task Skipping_shows_the_event_to_the_handler_and_goes_on()
    {
        await using EventBus bus = await StartAsync();
        bus.Emit(new Reading("a", 1));
        bus.EmitString("not json");
        bus.EmitString("""{"sensor":7}""");
        bus.Emit(new Reading("b", 2));
        var skipped = new List<(string, Exception)>();
        var options = new SubscribeOptions
        {
            OnDeserializationError = OnDeserializationError.Skip,
            DeserializationErrorHandler = (stored, e) => skipped.Add((stored.GetString(), e)),
        };
        Assert.Equal([new("a", 1), new("b", 2)], await TakeAsync(bus.SubscribeAsync<Reading>(options), 2));
        Assert.Equal(["not json", """{"sensor":7}"""], skipped.Select(s => s.Item1));
        Assert.All(skipped, s => Assert.Equal(EventBusException.Serialization, Assert.IsType<EventBusException>(s.Item2).Kind));
        skipped.Clear();
        Assert.Equal(2, (await TakeAsync(bus.SubscribeAsync(ReadingContext.Default.Reading, options), 2)).Count);
        Assert.Equal(2, skipped.Count);
    }

    [Fact]
    public async Task The_serializer_of_the_bus_reads_the_values()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).WithSerializer(new MemoryPackEventSerializer()).UseMemory().BuildAsync();
        bus.Emit(new[] { 1, 2, 3 });
        List<int[]> read = await TakeAsync(bus.SubscribeAsync<int[]>(), 1);
        Assert.Equal(new[] { 1, 2, 3 }, Assert.Single(read));
    }

    private static Task<EventBus> StartAsync() => EventBus.CreateBuilder().WithShards(1).UseLowLatency().UseMemory().BuildAsync();

    private static async Task<List<T>> TakeAsync<T>(IAsyncEnumerable<T> values, int count)
    {
        var taken = new List<T>();
        await foreach (T value in values.WithCancellation(new CancellationTokenSource(Eventually.Limit).Token))
        {
            taken.Add(value);
            if (taken.Count == count)
                break;
        }
        return taken;
    }

    internal sealed record Reading(string Sensor, int Value);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Reading))]
    internal sealed partial class ReadingContext : JsonSerializerContext;
}
