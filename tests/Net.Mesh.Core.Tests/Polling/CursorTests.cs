namespace Net.Mesh.Core.Tests.Polling;

public sealed class CursorTests
{
    private static readonly Gen<EventPosition> Ids = Gen.OneOf(
        Gen.ULong.Select(EventPosition.FromNumber),
        Gen.Select(Gen.ULong, Gen.ULong, EventPosition.FromRedis),
        Gen.String.Where(text => !text.Any(char.IsSurrogate)).Select(EventPosition.Parse));

    [Fact]
    public void Any_cursor_survives_its_text()
    {
        Gen.Select(Gen.UShort, Ids).Array[0, 20].Sample(positions =>
        {
            CompositeCursor cursor = CompositeCursor.From(positions.Select(p => new KeyValuePair<ushort, EventPosition>(p.Item1, p.Item2)));
            CompositeCursor read = CompositeCursor.Decode(cursor.Encode());
            Assert.Equal(cursor.Shards, read.Shards);
            Assert.All(cursor.Shards, shard => Assert.Equal(cursor[shard].ToString(), read[shard].ToString()));
        });
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"0":"1702123456789-0"}""", true)]
    [InlineData("""{"0":"1","0":"2"}""", true)]
    [InlineData("""{"65535":""}""", true)]
    [InlineData("", false)]
    [InlineData("[]", false)]
    [InlineData("null", false)]
    [InlineData("""{"0":1}""", false)]
    [InlineData("""{"0":null}""", false)]
    [InlineData("""{"65536":"1"}""", false)]
    [InlineData("""{"-1":"1"}""", false)]
    [InlineData("""{"00":"1"}""", false)]
    [InlineData("""{"+1":"1"}""", false)]
    [InlineData("""{"0":"1"}{}""", false)]
    [InlineData("""{"0":"1" """, false)]
    [Trait("spec", "05 I5")]
    public void Only_an_object_from_shard_ids_to_texts_is_a_cursor(string json, bool isValid)
    {
        string text = Convert.ToBase64String(Encoding.UTF8.GetBytes(json));
        Assert.Equal(isValid, CompositeCursor.TryDecode(text, out CompositeCursor? cursor, out string? problem));
        Assert.Equal(isValid, cursor is not null);
        Assert.Equal(isValid, problem is null);
        if (isValid)
            return;
        var e = Assert.Throws<EventBusException>(() => CompositeCursor.Decode(text));
        Assert.Equal(EventBusException.InvalidCursor, e.Kind);
        Assert.StartsWith("invalid cursor", e.Message);
    }

    [Theory]
    [InlineData("e30")] // no padding
    [InlineData("e30 =")]
    [InlineData(" e30=")]
    [InlineData("e31=")] // loose bits
    [InlineData("e30=\n")]
    [InlineData("e3_=")]
    [Trait("spec", "05 I5")]
    public void Base64_must_be_exact(string text) => Assert.False(CompositeCursor.TryDecode(text, out _, out _));

    [Fact]
    [Trait("spec", "05 I5")]
    public void Any_text_is_a_cursor_or_refused_without_another_exception() => Gen.String.Sample(text => CompositeCursor.TryDecode(text, out _, out _) || true);

    [Fact]
    public void The_text_is_as_specified()
    {
        Assert.Equal("e30=", CompositeCursor.Empty.Encode());
        Assert.Equal("eyIwIjoiMTcwMjEyMzQ1Njc4OS0wIn0=", CompositeCursor.From([new(0, EventPosition.FromRedis(1702123456789, 0))]).Encode());
        string json = Encoding.UTF8.GetString(Convert.FromBase64String(
            CompositeCursor.From([new(300, EventPosition.FromNumber(3)), new(9, EventPosition.FromNumber(1)), new(10, EventPosition.FromNumber(2))]).Encode()));
        Assert.Equal("""{"9":"1","10":"2","300":"3"}""", json);
    }

    [Fact]
    [Trait("spec", "05 T28")]
    public async Task Positions_roll_over_from_9_to_10_and_never_go_back()
    {
        foreach (Func<int, EventPosition> id in new Func<int, EventPosition>[] { i => EventPosition.FromNumber((ulong)i), i => EventPosition.Parse($"{i}-0"), i => EventPosition.Parse($"7-{i}"), i => EventPosition.Parse($"x{i:d3}") })
        {
            var model = new ModelAdapter();
            model.Shards[0] = [.. Enumerable.Range(1, 30).Select(i => new ModelAdapter.Entry(id(i), $"{i}", (ulong)i))];
            await using EventBus bus = await TestBus.StartAsync(model);
            Assert.Equal(TestBus.Numbers(1, 30), (await bus.PollAllAsync(new() { Limit = 3 })).Select(e => e.GetString()));
        }
    }

    [Fact]
    [Trait("spec", "05 T28")]
    public async Task A_backend_that_answers_with_an_older_position_does_not_move_the_cursor_back()
    {
        var model = new ModelAdapter();
        model.Add(0, ("a", 1));
        string cursor = CompositeCursor.From([new(0, EventPosition.FromNumber(50))]).Encode();
        model.Shards[0] = [new(EventPosition.FromNumber(60), null, 0)];
        await using EventBus bus = await TestBus.StartAsync(model);
        using PollResponse forward = await bus.PollAsync(new() { Cursor = cursor });
        Assert.Equal(EventPosition.FromNumber(60), CompositeCursor.Decode(forward.Cursor!)[0]);
        await using EventBus careless = await TestBus.StartAsync(new AlwaysAtSeven());
        using PollResponse page = await careless.PollAsync(new() { Cursor = cursor });
        Assert.Equal(cursor, page.Cursor);
    }

    [Theory]
    [InlineData("9", "10", -1)]
    [InlineData("007", "7", 0)]
    [InlineData("9-1", "10-0", -1)]
    [InlineData("10-9", "10-10", -1)]
    [InlineData("340282366920938463463374607431768211455", "18446744073709551616", 1)]
    [InlineData("a", "b", -1)]
    [InlineData("9", "10-0", 1)] // of different formats: as texts
    [InlineData("", "0", -1)]
    [Trait("spec", "05 T28")]
    public void Ids_compare_by_number_where_they_are_numbers(string left, string right, int expected)
    {
        Assert.Equal(expected, Math.Sign(EventPosition.Parse(left).CompareTo(EventPosition.Parse(right))));
        Assert.Equal(-expected, Math.Sign(EventPosition.Parse(right).CompareTo(EventPosition.Parse(left))));
    }

    [Theory]
    [InlineData("0", EventPositionFormat.Numeric)]
    [InlineData("340282366920938463463374607431768211455", EventPositionFormat.Numeric)]
    [InlineData("340282366920938463463374607431768211456", EventPositionFormat.Opaque)]
    [InlineData("18446744073709551615-18446744073709551615", EventPositionFormat.Redis)]
    [InlineData("18446744073709551616-0", EventPositionFormat.Opaque)]
    [InlineData("-1", EventPositionFormat.Opaque)]
    [InlineData("1-", EventPositionFormat.Opaque)]
    [InlineData("1-2-3", EventPositionFormat.Opaque)]
    [InlineData(" 1", EventPositionFormat.Opaque)]
    [InlineData("", EventPositionFormat.Opaque)]
    public void Formats_are_told_apart_and_the_text_is_kept(string text, EventPositionFormat format)
    {
        Assert.Equal(format, EventPosition.Parse(text).Format);
        Assert.Equal(text, EventPosition.Parse(text).ToString());
    }

    [Fact]
    public void Equal_ids_have_equal_hash_codes_and_the_order_is_total()
    {
        Gen.Select(Ids, Ids, Ids).Sample((a, b, c) =>
        {
            Assert.Equal(EventPosition.Parse(a.ToString()), a);
            Assert.Equal(EventPosition.Parse(a.ToString()).GetHashCode(), a.GetHashCode());
            Assert.Equal(a.CompareTo(b), -b.CompareTo(a));
            if (a.Format == b.Format && b.Format == c.Format && a <= b && b <= c)
                Assert.True(a <= c);
        });
    }

    private sealed class AlwaysAtSeven : IEventAdapter
    {
        public string Name => "seven";

        public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new ShardPage(EventPosition.FromNumber(7), false));

        public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => ValueTask.FromResult<EventPosition?>(null);

        public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }
}
