namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>A fold whose log gave way to another node's.</summary>
public sealed class RewindTests
{
    [Fact]
    public async Task A_model_begins_anew_and_holds_what_the_log_holds()
    {
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks().BuildAsync();
        await db.Tasks.CreateAsync(1, "stays");
        await db.Tasks.CreateAsync(2, "goes");
        await db.CatchUpAsync();
        RedexFile log = db.Tasks.Cortex.File;
        log.RewindTo(1);
        await db.Tasks.CreateAsync(3, "comes");
        await db.CatchUpAsync();
        Assert.Equal([1ul, 3], db.Tasks.Where(static _ => true).ToList().Select(static task => task.Id).Order().ToArray());
        Assert.Equal(1ul, db.Tasks.Cortex.AppliedThroughSeq);
        Assert.True(db.Tasks.Cortex.IsRunning);
    }

    [Fact]
    public async Task A_fold_that_cannot_begin_anew_stops_and_says_so()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("a");
        await using CortexAdapter<List<byte>> fold = CortexAdapter.Open(log, new Support.BytesFold(), []);
        log.Append([1]);
        log.Append([2]);
        await fold.CatchUpAsync();
        log.RewindTo(1);
        log.Append([3]);
        CortexException stopped = await Assert.ThrowsAsync<CortexException>(async () => await fold.WaitForSeqAsync(2));
        Assert.Equal(FoldStopReason.LogRewound, fold.Stopped!.Reason);
        Assert.Contains("rewound to 1", fold.Stopped.Message, StringComparison.Ordinal);
        Assert.Equal(CortexErrorKind.FoldStopped, stopped.Error);
    }

    [Fact]
    public async Task A_state_to_begin_with_that_cannot_be_made_stops_the_fold()
    {
        await using var redex = new Redex();
        int made = 0;
        var model = new CortexModel<List<string>, string>(
            "words", () => made++ == 0 ? [] : throw new InvalidOperationException("no state"), PostcardCodecs.String, static (string word, ref List<string> words) => words.Add(word));
        await using CortexAdapter<List<string>, string> words = await redex.OpenModelAsync(model, new OriginHash(1));
        await words.AppendAsync("a");
        await words.CatchUpAsync();
        words.Cortex.File.RewindTo(0);
        WriteToken written = await words.AppendAsync("b");
        Assert.Equal(TokenWaitStatus.FoldStopped, (await words.TryWaitForAsync(written, TimeSpan.FromSeconds(30))).Status);
        Assert.Contains("no state", words.Cortex.Stopped!.Message, StringComparison.Ordinal);
    }
}
