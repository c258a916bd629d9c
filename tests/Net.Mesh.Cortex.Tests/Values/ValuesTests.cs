using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Values;

/// <summary>Logs of values, indexes over them, and small ways to append.</summary>
public sealed class ValuesTests
{
    [Fact]
    public async Task Two_appenders_that_are_given_the_same_write_the_same()
    {
        await using var redex = new Redex();
        string[] logs = [.. new[] { "a", "b" }.Select(name =>
        {
            var appender = new OrderedAppender(redex.Open(name));
            appender.Append([1, 2, 3]);
            appender.AppendInline([1, 2, 3, 4, 5, 6, 7, 8]);
            appender.AppendBatch([new byte[] { 4 }, new byte[] { 5 }]);
            return string.Join(' ', appender.File.ReadRange(0, 10).Select(static read => $"{read.Entry} {Convert.ToHexString(read.Payload.Span)}"));
        })];
        Assert.Equal(logs[0], logs[1]);
    }

    [Fact]
    public async Task A_log_of_values_gives_values_and_says_what_is_none()
    {
        await using var redex = new Redex();
        var words = new TypedRedexFile<string>(redex.Open("words"), PostcardCodecs.String);
        Assert.Equal(0UL, words.Append("one"));
        words.File.Append([200]);
        Assert.Equal(2UL, words.AppendBatch(["two", "three"]));
        Assert.Null(words.AppendBatch([]));
        TypedRedexEvent<string>[] read = [.. words.ReadRange(0, 10)];
        Assert.Equal([true, false, true, true], read.Select(static value => value.IsReadable));
        Assert.Equal("three", read[3].Value);
        Assert.False(read[1].TryGetValue(out _));
        Assert.Equal(RedexErrorKind.Encode, Assert.Throws<RedexException>(() => read[1].Value).Error);

        // The stream goes on behind it.
        var seen = new List<(ulong, bool)>();
        await foreach (TypedRedexEvent<string> value in words.TailAsync())
        {
            seen.Add((value.Seq, value.IsReadable));
            if (value.Seq == 3)
                break;
        }
        Assert.Equal([(0UL, true), (1UL, false), (2UL, true), (3UL, true)], seen);
    }

    [Fact]
    public async Task A_value_is_appended_as_its_codec_writes_it()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("values");
        log.AppendPostcard("hi", PostcardCodecs.String);
        log.AppendPostcard("hi");
        Assert.Equal(["026869", "026869"], log.ReadRange(0, 2).Select(static read => Convert.ToHexStringLower(read.Payload.Span)));
    }

    [Fact]
    public async Task What_is_appended_and_folded_is_in_the_state_at_once()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("bytes");
        List<byte> state = [];
        Assert.Equal(0UL, log.AppendAndFold([1], new BytesFold(), ref state, out EventFault fault));
        Assert.Equal(EventFault.None, fault);
        Assert.Equal(1UL, log.AppendAndFold([BytesFold.Unreadable], new BytesFold(), ref state, out fault));
        Assert.Equal(EventFault.BadTail, fault);
        Assert.Equal([1], state);
    }

    [Fact]
    public async Task An_index_follows_its_log_and_a_key_goes_with_its_last_value()
    {
        await using var redex = new Redex();
        var words = new TypedRedexFile<string>(redex.Open("words"), PostcardCodecs.String);
        words.Append("+fruit apple");
        words.Append("+fruit pear");
        words.File.Append([200]);
        await using RedexIndex<string, string> index = words.Index<string, string>(Project);
        await index.WaitForSeqAsync(2);
        Assert.Equal(["apple", "pear"], index.Get("fruit").Order());
        words.Append("-fruit apple");
        words.Append("+nut hazel");
        await index.WaitForSeqAsync(4);
        Assert.Equal(["pear"], index.Get("fruit"));
        Assert.True(index.ContainsKey("nut"));
        await index.WaitForSeqAsync(words.Append("-fruit pear"));
        Assert.Equal(["nut"], index.Keys);
        Assert.Equal((1, 0L), (index.Count, index.LagResets));
        Assert.Empty(index.Get("fruit"));

        await using RedexIndex<string, string> late = words.Index<string, string>(Project, IndexStart.FromSeq(4));
        await late.WaitForSeqAsync(5);
        Assert.Equal(["nut"], late.Keys);
    }

    [Fact]
    public async Task An_index_whose_log_dropped_what_it_needs_begins_anew_with_what_comes()
    {
        await using var redex = new Redex();
        var words = new TypedRedexFile<string>(redex.Open("words", new() { RetentionMaxEvents = 1 }), PostcardCodecs.String);
        for (int i = 0; i < 5; i++)
            words.Append($"+old {i}");
        words.File.SweepRetention();
        await using RedexIndex<string, string> index = words.Index<string, string>(Project, timeProvider: new FakeTimeProvider());
        await index.WaitForSeqAsync(4);
        Assert.Equal((1L, 0), (index.LagResets, index.Count));
        await index.WaitForSeqAsync(words.Append("+new x"));
        Assert.Equal(["new"], index.Keys);
    }

    [Fact]
    public async Task Waiting_for_an_index_ends_with_its_log()
    {
        await using var redex = new Redex();
        var words = new TypedRedexFile<string>(redex.Open("words"), PostcardCodecs.String);
        await using RedexIndex<string, string> index = words.Index<string, string>(Project);
        await index.WaitForSeqAsync(words.Append("+a b"));
        Task wait = index.WaitForSeqAsync(7).AsTask();
        await words.File.CloseAsync();
        Assert.Equal(RedexErrorKind.Closed, (await Assert.ThrowsAsync<RedexException>(() => wait)).Error);
        Assert.Equal(["a"], index.Keys);
    }

    [Fact]
    public void An_index_that_begins_anew_again_and_again_takes_longer_and_longer() => Assert.Equal(
        [0, 0, 5, 20, 60, 250, 250],
        Enumerable.Range(0, 7).Select(static resets => RedexIndex<string, string>.BackOff(resets).TotalMilliseconds));

    private static IEnumerable<IndexOp<string, string>> Project(string word)
    {
        string[] parts = word[1..].Split(' ');
        yield return word[0] == '+' ? IndexOp.Insert(parts[0], parts[1]) : IndexOp.Remove(parts[0], parts[1]);
    }
}
