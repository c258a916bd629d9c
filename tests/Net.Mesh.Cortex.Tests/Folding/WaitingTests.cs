using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Folding;
using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>Read your writes: reached, too late, too many, stopped.</summary>
public sealed class WaitingTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task What_is_reached_already_costs_nothing()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        var token = new WriteToken(default, adapter.Append([1]));
        await adapter.WaitForTokenAsync(token, TimeSpan.FromMinutes(1));
        Assert.True((await adapter.TryWaitForTokenAsync(token, TimeSpan.Zero)).IsReached);
        Measure();
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isDone = Measure();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(isDone);

        bool Measure() => IsDone(adapter.WaitForTokenAsync(token, TimeSpan.FromMinutes(1))) & IsDone(adapter.WaitForSeqAsync(0)) & IsDone(adapter.WaitForAppliedSeqAsync(0));

        static bool IsDone(ValueTask wait) => wait.IsCompletedSuccessfully;
    }

    [Fact]
    public async Task Time_is_the_injected_clocks()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex(new() { TimeProvider = _time });
        await using var adapter = CortexAdapter.Open(redex, "bytes", stall.Fold, [], new() { FoldsOnWaitingThreads = false });
        var token = new WriteToken(default, adapter.Append([1]));
        Task<TokenWaitResult> wait = adapter.TryWaitForTokenAsync(token, TimeSpan.FromSeconds(5)).AsTask();
        Task<bool> seq = adapter.TryWaitForSeqAsync(0, TimeSpan.FromSeconds(5)).AsTask();
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(wait.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TokenWaitStatus.Timeout, (await wait).Status);
        Assert.False(await seq);
        Assert.Equal(new RywMetrics(1, 1, 0, 0, 5_000_000_000), adapter.RywMetrics);
        stall.Go();
        await adapter.WaitForTokenAsync(token, Timeout.InfiniteTimeSpan);
    }

    [Fact]
    public async Task A_stalled_fold_that_then_stops_is_reported_instead_of_waited_for()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex(new() { TimeProvider = _time });
        await using var adapter = CortexAdapter.Open(redex, "bytes", stall.Fold, [], new() { FoldsOnWaitingThreads = false });
        adapter.Append([1]);
        var token = new WriteToken(default, adapter.Append([BytesFold.Fails]));
        await stall.Stands;
        Task wait = adapter.WaitForTokenAsync(token, TimeSpan.FromHours(1)).AsTask();
        Assert.False(wait.IsCompleted);
        stall.Go();
        var stopped = await Assert.ThrowsAsync<WaitForTokenException>(() => wait);
        Assert.Equal((TokenWaitStatus.FoldStopped, 0UL), (stopped.Status, stopped.AppliedThrough));
        Assert.IsType<InvalidOperationException>(stopped.InnerException);
        Assert.Equal(TokenWaitStatus.FoldStopped, adapter.PollForToken(token).Status);
        Assert.Equal(TokenWaitStatus.FoldStopped, (await adapter.TryWaitForTokenAsync(token, TimeSpan.Zero)).Status);
    }

    [Fact]
    public async Task Permits_are_tried_and_given_back()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex(new() { TimeProvider = _time });
        await using var adapter = CortexAdapter.Open(redex, "bytes", stall.Fold, [], new() { FoldsOnWaitingThreads = false, RywInflightCap = 2 });
        var token = new WriteToken(default, adapter.Append([1]));
        Task<TokenWaitResult> first = adapter.TryWaitForTokenAsync(token, Timeout.InfiniteTimeSpan).AsTask();
        Task<TokenWaitResult> second = adapter.TryWaitForTokenAsync(token, TimeSpan.FromSeconds(1)).AsTask();
        Assert.Equal(TokenWaitStatus.QueueFull, (await adapter.TryWaitForTokenAsync(token, Timeout.InfiniteTimeSpan)).Status);
        // A look needs no permit.
        Assert.Equal(TokenWaitStatus.Timeout, adapter.PollForToken(token).Status);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TokenWaitStatus.Timeout, (await second).Status);
        Task<TokenWaitResult> third = adapter.TryWaitForTokenAsync(token, Timeout.InfiniteTimeSpan).AsTask();
        stall.Go();
        Assert.True((await first).IsReached);
        Assert.True((await third).IsReached);
        Assert.Equal((3L, 1L, 1L), (adapter.RywMetrics.WaitsTotal, adapter.RywMetrics.TimeoutsTotal, adapter.RywMetrics.QueueFullTotal));
    }

    [Fact]
    public async Task A_wait_that_is_given_up_gives_its_permit_back()
    {
        using var stall = new Stall(at: 0);
        await using var redex = new Redex(new() { TimeProvider = _time });
        await using var adapter = CortexAdapter.Open(redex, "bytes", stall.Fold, [], new() { FoldsOnWaitingThreads = false, RywInflightCap = 1 });
        var token = new WriteToken(default, adapter.Append([1]));
        using var cancel = new CancellationTokenSource();
        Task wait = adapter.WaitForTokenAsync(token, Timeout.InfiniteTimeSpan, cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.Equal(TokenWaitStatus.Timeout, (await adapter.TryWaitForTokenAsync(token, TimeSpan.Zero)).Status);
        stall.Go();
    }

    [Fact]
    public void A_cap_of_zero_is_none_and_that_of_the_process_is_set_once()
    {
        var none = new WaitPermits(0);
        Assert.All(Enumerable.Range(0, 5000), _ => Assert.True(none.TryTake()));
        var process = new WaitPermits(0);
        Assert.True(process.TrySetCap(-4));
        Assert.False(process.TrySetCap(100));
        Assert.True(process.TryTake());
        Assert.False(process.TryTake());
        process.Return();
        Assert.True(process.TryTake());
    }

    [Fact]
    [Trait("spec", "06 I11")]
    public async Task A_token_of_another_origin_is_refused()
    {
        await using var redex = new Redex();
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, new(1));
        WriteToken own = await tasks.CreateAsync(1, "write docs");
        var foreign = new WriteToken(new(2), own.Seq);
        var refused = await Assert.ThrowsAsync<WaitForTokenException>(() => tasks.WaitForAsync(foreign, TimeSpan.FromSeconds(1)).AsTask());
        Assert.Equal((TokenWaitStatus.WrongOrigin, new OriginHash(2), new OriginHash(1)), (refused.Status, refused.TokenOrigin, refused.AdapterOrigin));
        Assert.Equal(TokenWaitStatus.WrongOrigin, tasks.PollForToken(foreign).Status);
        Assert.Equal((0L, 2L), (tasks.Cortex.RywMetrics.WaitsTotal, tasks.Cortex.RywMetrics.WrongOriginTotal));
        await tasks.WaitForAsync(own, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task An_adapter_without_an_origin_takes_anybodys_token()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "bytes", new BytesFold(), []);
        ulong seq = adapter.Append([1]);
        await adapter.WaitForTokenAsync(new(new(77), seq), Timeout.InfiniteTimeSpan);
    }
}
