using Net.Mesh.Bus;

namespace Net.Mesh.Conformance.Tests;

/// <summary>One stream, two implementations: the Rust original and ours write and read it in turns.</summary>
public sealed class RefBusTests
{
    private const int Count = 400;
    private const int PageSize = 37;
    private const string EvenOnly = """{"path":"kind","value":"even"}""";

    public static TheoryData<string, int> Streams => new() { { "redis", 1 }, { "redis", 4 }, { "jetstream", 1 }, { "jetstream", 4 } };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, MemberData(nameof(Streams))]
    [Trait("spec", "05 T29")]
    public async Task What_is_emitted_there_is_polled_here(string adapter, int shards)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        string[] lines = Lines("there");
        await stream.Theirs("net", shards).EmitAsync(lines);
        await using EventBus bus = await stream.OursAsync("net", shards);
        AssertSame(lines, await Pages.ReadAllAsync(bus, PageSize));
        AssertSame(lines.Where(IsEven), await Pages.ReadAllAsync(bus, 5, Filter.Parse(EvenOnly)));
    }

    [Theory, MemberData(nameof(Streams))]
    public async Task What_is_emitted_here_is_polled_there(string adapter, int shards)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        string[] lines = Lines("here");
        await EmitAsync(stream, "net", shards, lines);
        RefBus theirs = stream.Theirs("net", shards);
        var read = new List<string>();
        string? cursor = null;
        for (bool more = true; more;)
        {
            RefPage page = await theirs.PollAsync(PageSize, cursor);
            read.AddRange(page.Events.Select(e => e.Raw));
            (cursor, more) = (page.Next, page.More);
        }
        AssertSame(lines, read);
        // In one page: with a filter the original loses an event on every page boundary of JetStream (T4).
        AssertSame(lines.Where(IsEven), (await theirs.PollAsync(1000, filter: EvenOnly)).Events.Select(e => e.Raw));
    }

    [Theory, MemberData(nameof(Streams))]
    public async Task A_cursor_is_handed_over_after_every_page(string adapter, int shards)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        string[] ours = Lines("here"), theirs = Lines("there");
        await EmitAsync(stream, "net", shards, ours);
        await stream.Theirs("net", shards).EmitAsync(theirs);
        await using EventBus bus = await stream.OursAsync("net", shards);
        AssertSame(ours.Concat(theirs), await ReadInTurnsAsync(bus, stream.Theirs("net", shards), isOursFirst: true));
        AssertSame(ours.Concat(theirs), await ReadInTurnsAsync(bus, stream.Theirs("net", shards), isOursFirst: false));
    }

    [Theory, MemberData(nameof(Streams))]
    public async Task A_cursor_of_a_filtered_read_is_handed_over(string adapter, int shards)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        string[] ours = Lines("here"), theirs = Lines("there");
        await stream.Theirs("net", shards).EmitAsync(theirs);
        await EmitAsync(stream, "net", shards, ours);
        string[] expected = [.. ours.Concat(theirs).Where(IsEven)];
        await using EventBus bus = await stream.OursAsync("net", shards);

        // Two pages here, the rest there in one.
        var read = new List<string>();
        string? cursor = null;
        for (int i = 0; i < 2; i++)
        {
            using PollResponse page = await bus.PollAsync(new() { Limit = PageSize, Cursor = cursor, Filter = Filter.Parse(EvenOnly) }, Stop);
            read.AddRange(page.Events.Select(e => e.GetString()));
            cursor = page.Cursor;
        }
        read.AddRange((await stream.Theirs("net", shards).PollAsync(1000, cursor, EvenOnly)).Events.Select(e => e.Raw));
        AssertSame(expected, read);

        // One page there, without a filter since that is where the original loses events (T4), and the rest here.
        RefPage first = await stream.Theirs("net", shards).PollAsync(PageSize);
        List<StoredEvent> rest = await Pages.ReadAllAsync(bus, 5, Filter.Parse(EvenOnly), first.Next);
        AssertSame(expected, first.Events.Select(e => e.Raw).Where(IsEven).Concat(rest.Select(e => e.GetString())));
    }

    [Theory, MemberData(nameof(Streams))]
    public async Task The_same_event_lands_on_the_same_shard_from_both(string adapter, int shards)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        string[] lines = Lines("same");
        await stream.Theirs("a", shards).EmitAsync(lines);
        await EmitAsync(stream, "b", shards, lines);
        await using EventBus a = await stream.OursAsync("a", shards), b = await stream.OursAsync("b", shards);
        Dictionary<string, ushort> theirs = (await Pages.ReadAllAsync(a, 1000)).ToDictionary(e => e.GetString(), e => e.ShardId);
        Dictionary<string, ushort> ours = (await Pages.ReadAllAsync(b, 1000)).ToDictionary(e => e.GetString(), e => e.ShardId);
        Assert.Equal(Count, ours.Count);
        Assert.Equal(shards, ours.Values.Distinct().Count());
        Assert.Equal(theirs.OrderBy(e => e.Key, StringComparer.Ordinal), ours.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("jetstream")]
    public async Task A_nonce_file_made_by_one_is_used_by_the_other(string adapter)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        using var folder = new TempFolder();
        string[] lines = Lines("nonce");

        await stream.Theirs("a1", 1).EmitAsync(lines, folder.File("theirs"));
        await EmitAsync(stream, "a2", 1, lines, folder.File("theirs"));
        await AssertNonceAsync(stream, ["a1", "a2"], folder.File("theirs"), lines);

        await EmitAsync(stream, "b1", 1, lines, folder.File("ours"));
        await stream.Theirs("b2", 1).EmitAsync(lines, folder.File("ours"));
        await AssertNonceAsync(stream, ["b1", "b2"], folder.File("ours"), lines);
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public async Task Ids_that_the_original_has_used_up_are_reported_and_never_taken_for_stored()
    {
        await using SharedStream stream = await SharedStream.StartAsync("jetstream");
        using var folder = new TempFolder();
        await stream.Theirs("net", 1).EmitAsync(Lines("theirs"), folder.File("nonce"));
        // Its sequence starts at 0 in every run, and so does a journal that is new here: same nonce, same stream, same ids.
        await using EventBus bus = await stream.OursAsync("net", 1, folder.File("nonce"));
        bus.EmitString("""{"mine":1}""");
        AdapterException e = await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync(Stop));
        Assert.Contains("nonce", e.Message, StringComparison.Ordinal);
        Assert.Equal(1, bus.Statistics.EventsFailed);
    }

    private static async Task AssertNonceAsync(SharedStream stream, string[] prefixes, string nonceFile, string[] lines)
    {
        ulong nonce = ProducerNonceFile.LoadOrCreate(nonceFile);
        foreach (string prefix in prefixes)
        {
            await using EventBus bus = await stream.OursAsync(prefix, 1);
            List<StoredEvent> events = await Pages.ReadAllAsync(bus, 1000);
            AssertSame(lines, events);
            Assert.All(events, e => Assert.True(DedupId.TryParse(e.DedupId, out DedupId id) && id.Nonce == nonce, $"{prefix}: {e.DedupId}"));
        }
    }

    private static async Task<List<string>> ReadInTurnsAsync(EventBus bus, RefBus theirs, bool isOursFirst)
    {
        var read = new List<string>();
        string? cursor = null;
        bool isOurs = isOursFirst, more = true;
        while (more)
        {
            if (isOurs)
            {
                using PollResponse page = await bus.PollAsync(new() { Limit = PageSize, Cursor = cursor }, Stop);
                read.AddRange(page.Events.Select(e => e.GetString()));
                (cursor, more) = (page.Cursor, page.HasMore);
            }
            else
            {
                RefPage page = await theirs.PollAsync(PageSize, cursor);
                read.AddRange(page.Events.Select(e => e.Raw));
                (cursor, more) = (page.Next, page.More);
            }
            isOurs = !isOurs;
        }
        return read;
    }

    private static async Task EmitAsync(SharedStream stream, string prefix, int shards, string[] lines, string? nonceFile = null)
    {
        await using EventBus bus = await stream.OursAsync(prefix, shards, nonceFile);
        foreach (string line in lines)
            bus.EmitString(line);
        await bus.FlushAsync(Stop);
    }

    private static string[] Lines(string from) =>
        [.. Enumerable.Range(0, Count).Select(i => $$"""{"from":"{{from}}", "i":{{i}},"kind":"{{(i % 2 == 0 ? "even" : "odd")}}","text":"ü\u00fc"}""")];

    private static bool IsEven(string line) => line.Contains("\"even\"", StringComparison.Ordinal);

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<StoredEvent> actual) => AssertSame(expected, actual.Select(e => e.GetString()));

    // The union, without loss and without duplicates.
    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> actual) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
}
