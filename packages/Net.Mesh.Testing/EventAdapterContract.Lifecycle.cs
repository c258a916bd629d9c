using Net.Mesh.Bus;
using Xunit;

namespace Net.Mesh.Testing;

public abstract partial class EventAdapterContract
{
    /// <summary>The name goes into logs and metrics.</summary>
    [Fact]
    public async Task The_name_is_a_short_lower_case_word()
    {
        IEventAdapter adapter = await CreateOnlyAsync();
        Assert.Matches("^[a-z][a-z0-9_-]{0,31}$", adapter.Name);
    }

    /// <summary>A second initialisation neither fails nor loses anything.</summary>
    [Fact]
    public async Task Initialising_twice_is_the_same_as_once()
    {
        IEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 3), Stop);
        await adapter.InitializeAsync(CreateContext(), Stop);
        Assert.True(await adapter.IsHealthyAsync(Stop));
        await adapter.WriteBatchAsync(Batch(0, 3, 3), Stop);
        if (RetainsEvents)
            AssertNumbered(0, 6, await ReadAllAsync(adapter, 0));
    }

    /// <summary>Health follows the life of the adapter and never throws.</summary>
    [Fact]
    public async Task The_adapter_is_healthy_from_initialisation_to_shutdown()
    {
        IEventAdapter adapter = await CreateOnlyAsync();
        Assert.False(await adapter.IsHealthyAsync(Stop));
        await adapter.InitializeAsync(CreateContext(), Stop);
        Assert.True(await adapter.IsHealthyAsync(Stop));
        await adapter.ShutdownAsync(Stop);
        Assert.False(await adapter.IsHealthyAsync(Stop));
    }

    /// <summary>Nothing is accepted before the adapter is initialised.</summary>
    [Fact]
    public async Task Calls_before_initialisation_fail_with_Shutdown()
    {
        IEventAdapter adapter = await CreateOnlyAsync();
        await AssertIsShutDownAsync(adapter);
    }

    /// <summary>Nothing is accepted after the adapter is shut down.</summary>
    [Fact]
    public async Task Calls_after_shutdown_fail_with_Shutdown()
    {
        IEventAdapter adapter = await OpenAsync();
        await adapter.WriteBatchAsync(Batch(0, 0, 1), Stop);
        await adapter.ShutdownAsync(Stop);
        await AssertIsShutDownAsync(adapter);
    }

    /// <summary>The bus and its owner may both shut the adapter down.</summary>
    [Fact]
    public async Task Shutting_down_twice_or_before_initialisation_is_fine()
    {
        IEventAdapter unused = await CreateOnlyAsync();
        await unused.ShutdownAsync(Stop);

        IEventAdapter adapter = await OpenAsync();
        await adapter.ShutdownAsync(Stop);
        await adapter.ShutdownAsync(Stop);
        Assert.False(await adapter.IsHealthyAsync(Stop));
    }

    /// <summary>A call whose token is cancelled gives up and changes nothing.</summary>
    [Fact]
    public async Task A_cancelled_call_gives_up_and_stores_nothing()
    {
        IEventAdapter adapter = await OpenRetainingAsync();
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await adapter.WriteBatchAsync(Batch(0, 0, 3), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await adapter.PollShardAsync(0, null, 10, [], cancelled));
        await adapter.WriteBatchAsync(Batch(0, 3, 2), Stop);
        AssertNumbered(3, 2, await ReadAllAsync(adapter, 0));
    }

    /// <summary>What was flushed is there for the next process.</summary>
    [Fact]
    public async Task Events_outlive_the_adapter()
    {
        Assert.SkipUnless(SurvivesReopen, "the adapter's events end with it");
        IEventAdapter first = await OpenRetainingAsync();
        await first.WriteBatchAsync(Batch(2, 0, 20), Stop);
        await first.FlushAsync(Stop);
        EventPosition middle = (await PollAsync(first, 2, limit: 10)).Page.Next!.Value;
        await first.ShutdownAsync(Stop);

        IEventAdapter second = await ReopenAsync();
        _opened.Add(second);
        await second.InitializeAsync(CreateContext(), Stop);
        AssertNumbered(10, 10, (await PollAsync(second, 2, middle)).Events);
        await second.WriteBatchAsync(Batch(2, 20, 5), Stop);
        AssertNumbered(0, 25, await ReadAllAsync(second, 2));
    }

    /// <summary>A crash between sending and hearing the answer does not double a batch.</summary>
    [Fact]
    public async Task A_replay_after_reopening_stores_nothing_twice()
    {
        Assert.SkipUnless(SurvivesReopen && IdempotentRetries, "the adapter's events end with it, or it cannot recognise a retry");
        IEventAdapter first = await OpenRetainingAsync();
        await first.WriteBatchAsync(Batch(1, 0, 20), Stop);
        await first.WriteBatchAsync(Batch(1, 20, 20), Stop);
        await first.ShutdownAsync(Stop);

        IEventAdapter second = await ReopenAsync();
        _opened.Add(second);
        await second.InitializeAsync(CreateContext(), Stop);
        await second.WriteBatchAsync(Batch(1, 20, 20, isReplay: true), Stop);
        AssertNumbered(0, 40, await ReadAllAsync(second, 1));
    }

    private async Task AssertIsShutDownAsync(IEventAdapter adapter)
    {
        await AssertFailsAsync(AdapterErrorKind.Shutdown, () => adapter.WriteBatchAsync(Batch(0, 0, 1), Stop));
        if (!RetainsEvents)
            return; // what keeps nothing has nothing to refuse
        await AssertFailsAsync(AdapterErrorKind.Shutdown, async () => await adapter.PollShardAsync(0, null, 10, [], Stop));
        await AssertFailsAsync(AdapterErrorKind.Shutdown, async () => await adapter.GetTailAsync(0, Stop));
    }
}
