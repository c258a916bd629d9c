using System.Text.Json.Serialization;

namespace Net.Mesh.Core.Tests.Ingest;

public sealed partial class EmitTests
{
    [Fact]
    public async Task Emit_writes_compact_json_with_web_names_by_reflection_and_by_type_info()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        bus.Emit(new Token("hé<>", 1));
        bus.Emit(new Token("b", 2), TokenContext.Default.Token);
        Assert.True(bus.TryEmit(new Token("c", 3), TokenContext.Default.Token, out _, out EmitRejection rejection));
        await bus.EmitAsync(new Token("d", 4), TokenContext.Default.Token);
        Assert.Equal(2, bus.EmitBatch([new Token("e", 5), new Token("f", 6)]));
        Assert.Equal(1, bus.EmitBatch([new Token("g", 7)], TokenContext.Default.Token));
        await bus.FlushAsync();
        Assert.Equal(EmitRejection.None, rejection);
        Assert.Equal(
            ["""{"text":"hé<>","index":1}""", """{"text":"b","index":2}""", """{"text":"c","index":3}""", """{"text":"d","index":4}""",
             """{"text":"e","index":5}""", """{"text":"f","index":6}""", """{"text":"g","index":7}"""],
            adapter.Payloads);
    }

    [Fact]
    public async Task A_value_that_cannot_be_serialised_is_an_error_and_is_not_counted()
    {
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter());
        var e = Assert.Throws<EventBusException>(() => bus.Emit(new { Bad = (Action)(() => { }) }));
        Assert.Equal(EventBusException.Serialization, e.Kind);
        Assert.StartsWith("serialization error", e.Message);
        Assert.NotNull(e.InnerException);
        Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => bus.Emit(double.NaN)).Kind);
        Assert.Equal(0, bus.Statistics.EventsIngested);
        Assert.Equal(0, bus.Statistics.EventsDropped);
    }

    [Fact]
    public async Task A_batch_with_one_bad_value_emits_nothing()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        Assert.Throws<EventBusException>(() => bus.EmitBatch([1.5, double.NaN, 2.5]));
        bus.Emit("after");
        await bus.FlushAsync();
        Assert.Equal(["\"after\""], adapter.Payloads);
        Assert.Equal(1, bus.Statistics.EventsIngested);
    }

    [Fact]
    public async Task Copied_payloads_may_change_after_the_call()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        await bus.BlockAsync(adapter);
        byte[] buffer = new byte[100];
        for (int i = 0; i < 500; i++)
        {
            int length = Encoding.UTF8.GetBytes($"{i}", buffer);
            bus.EmitRaw(buffer.AsSpan(0, length));
        }
        byte[] large = new byte[40_000]; // more than a slab takes
        large.AsSpan().Fill((byte)'x');
        bus.EmitRaw(large.AsSpan());
        large.AsSpan().Fill((byte)'y');
        adapter.Gate.Open();
        await bus.FlushAsync();
        Assert.Equal([.. TestBus.Numbers(0, 500), new string('x', 40_000)], adapter.Payloads.Skip(1));
    }

    [Fact]
    public async Task Empty_payloads_and_slices_of_larger_arrays_are_stored_as_they_are()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter);
        bus.EmitRaw(ReadOnlySpan<byte>.Empty);
        bus.EmitRaw(ReadOnlyMemory<byte>.Empty);
        bus.EmitString("");
        bus.EmitRaw(TestBus.Bytes("abcdef").AsMemory(2, 3));
        await bus.FlushAsync();
        Assert.Equal(["", "", "", "cde"], adapter.Payloads);
    }

    [Fact]
    [Trait("spec", "05 I1")]
    public async Task Bytes_that_are_not_json_are_stored_in_memory_delivered_and_left_out_of_filtered_polls()
    {
        await using EventBus bus = await EventBus.CreateBuilder().WithShards(1).UseMemory().BuildAsync();
        byte[] notText = [0xff, 0xfe, 0x00];
        bus.EmitRaw(notText.AsMemory());
        bus.EmitString("not json");
        bus.EmitString("""{"a":1}""");
        await bus.FlushAsync();

        List<StoredEvent> all = await bus.PollAllAsync();
        Assert.Equal(3, all.Count);
        Assert.Equal(notText, all[0].Raw.ToArray());
        Assert.False(all[0].TryGetString(out _));
        Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => all[0].GetString()).Kind);
        List<StoredEvent> matching = await bus.PollAllAsync(new() { Filter = Filter.Not(Filter.Eq("b", 1)) });
        Assert.Equal(["""{"a":1}"""], matching.Select(e => e.GetString()));
    }

    [Fact]
    public async Task Payloads_are_checked_when_the_adapter_embeds_them_unless_that_is_turned_off()
    {
        var traits = new AdapterTraits { RequiresJson = true, MaxPayloadBytes = 20 };
        var adapter = new RecordingAdapter { Traits = traits };
        await using EventBus bus = await TestBus.StartAsync(adapter);
        Assert.False(bus.TryEmitRaw("nope"u8, out _, out EmitRejection notJson));
        Assert.Equal(EmitRejection.NotJson, notJson);
        Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => bus.EmitString("{")).Kind);
        Assert.False(bus.TryEmitRaw("\"0123456789012345678\""u8, out _, out EmitRejection tooLarge));
        Assert.Equal(EmitRejection.TooLarge, tooLarge);
        Assert.Equal(EventBusException.TooLarge, Assert.Throws<EventBusException>(() => bus.Emit(new string('x', 19))).Kind);
        Assert.Equal(2, bus.EmitRawBatch([TestBus.Bytes("1"), TestBus.Bytes("bad"), TestBus.Bytes("[]")]));
        await bus.FlushAsync();
        Assert.Equal(["1", "[]"], adapter.Payloads);

        var lenient = new RecordingAdapter { Traits = traits };
        await using EventBus unchecked_ = await TestBus.StartAsync(lenient, o => o.ValidateRawJson = false);
        Assert.True(unchecked_.TryEmitRaw("nope"u8, out _, out _));
        var strict = new RecordingAdapter();
        await using EventBus checked_ = await TestBus.StartAsync(strict, o => o.ValidateRawJson = true);
        Assert.False(checked_.TryEmitRaw("nope"u8, out _, out _));
    }

    [Fact]
    public void A_validated_raw_event_must_be_json()
    {
        Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => RawEvent.FromJson("{\"a\":")).Kind);
        Assert.Throws<EventBusException>(() => RawEvent.FromValidated(new byte[] { 0xff }));
        Assert.Equal(" [1] ", Encoding.UTF8.GetString(RawEvent.FromJson(" [1] ").Bytes.Span));
    }

    [Fact]
    public async Task Batches_keep_their_order_in_each_shard_and_count_what_was_taken()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.Shards, o.BufferCapacity) = (5, 8192));
        ReadOnlyMemory<byte>[] payloads = [.. Enumerable.Range(0, 6_000).Select(i => (ReadOnlyMemory<byte>)TestBus.Bytes(i))];
        Assert.Equal(6_000, bus.EmitRawBatch(payloads));
        Assert.Equal(6_000, bus.EmitRawBatch((IReadOnlyCollection<ReadOnlyMemory<byte>>)payloads.ToList()));
        await bus.FlushAsync();
        Assert.Equal(12_000, adapter.Count);
        foreach (IGrouping<ushort, SentBatch> shard in adapter.Stored.GroupBy(b => b.ShardId))
        {
            int[] numbers = [.. shard.SelectMany(b => b.Payloads).Select(p => int.Parse(p, System.Globalization.CultureInfo.InvariantCulture))];
            int half = numbers.Length / 2;
            Assert.Equal(numbers[..half].Order(), numbers[..half]);
            Assert.Equal(numbers[..half], numbers[half..]);
        }
    }

    internal sealed record Token(string Text, int Index);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Token))]
    internal sealed partial class TokenContext : JsonSerializerContext;
}
