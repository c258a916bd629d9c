namespace Net.Mesh.Core.Tests.Batching;

/// <summary>What the bus does when the adapter fails (spec 05 §4.4).</summary>
public sealed class RetryTests
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    [Theory]
    [InlineData(AdapterErrorKind.Transient)]
    [InlineData(AdapterErrorKind.Backpressure)]
    [Trait("spec", "05 T20")]
    public async Task A_retryable_failure_is_tried_again_with_the_identical_batch(AdapterErrorKind kind)
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter { Failure = batch => batch.Attempt < 3 ? new AdapterException(kind, "later") : null };
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.AdapterRetries = 3, time);
        bus.EmitNumbers(0, 5);
        await Eventually.CompletesAsync(time, Step, bus.FlushAsync());

        Assert.Equal([0, 1, 2, 3], adapter.Attempts.Select(a => a.Attempt));
        Assert.All(adapter.Attempts, a => Assert.Equal(adapter.Attempts[0].DedupIds, a.DedupIds));
        Assert.All(adapter.Attempts, a => Assert.Equal(adapter.Attempts[0].Payloads, a.Payloads));
        Assert.All(adapter.Attempts, a => Assert.Equal(adapter.Attempts[0].Timestamps, a.Timestamps));
        Assert.Equal(TestBus.Numbers(0, 5), adapter.Payloads);
        Assert.Equal(3, bus.Statistics.BatchRetries);
        Assert.Equal(0, bus.Statistics.EventsFailed);
        await bus.ShutdownAsync();
    }

    [Theory]
    [InlineData(AdapterErrorKind.Fatal)]
    [InlineData(AdapterErrorKind.Connection)]
    [InlineData(AdapterErrorKind.Serialization)]
    [InlineData(AdapterErrorKind.Shutdown)]
    [Trait("spec", "05 T35")]
    public async Task A_failure_that_cannot_pass_is_not_tried_again_but_counted(AdapterErrorKind kind)
    {
        var adapter = new RecordingAdapter { Failure = batch => batch.SequenceStart == 0 ? new AdapterException(kind, "never") : null };
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.AdapterRetries = 5);
        bus.EmitNumbers(0, 5);
        var e = await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync());
        Assert.Contains("5 events could not be stored", e.Message);
        Assert.Contains("never", e.Message);
        Assert.Single(adapter.Attempts);
        Assert.Equal(5, bus.Statistics.EventsFailed);
        Assert.Equal(0, bus.Statistics.EventsDispatched);
    }

    [Fact]
    public async Task Any_other_exception_counts_as_one_that_cannot_pass()
    {
        var adapter = new RecordingAdapter { Failure = _ => new InvalidOperationException("broken adapter") };
        await using EventBus bus = await TestBus.StartAsync(adapter);
        bus.EmitNumbers(0, 1);
        Assert.Contains("broken adapter", (await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync())).Message);
        Assert.Single(adapter.Attempts);
    }

    [Fact]
    [Trait("spec", "05 T22")]
    public async Task A_batch_that_was_given_up_keeps_its_sequence_numbers()
    {
        var adapter = new RecordingAdapter { Failure = batch => batch.SequenceStart == 0 ? new AdapterException(AdapterErrorKind.Fatal, "no") : null };
        await using EventBus bus = await TestBus.StartAsync(adapter);
        bus.EmitNumbers(0, 7);
        await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync());
        int failed = (int)bus.Statistics.EventsFailed;
        bus.EmitNumbers(7, 4);
        await bus.FlushAsync();
        Assert.InRange(failed, 1, 7);
        Assert.Equal((ulong)failed, adapter.Stored[0].SequenceStart);
        Assert.Equal(7 + 4, adapter.Attempts.SelectMany(a => a.DedupIds).Distinct().Count());
    }

    [Fact]
    [Trait("spec", "05 T13")]
    public async Task Retries_end_where_the_options_say_and_the_flush_tells_once()
    {
        var time = new FakeTimeProvider();
        bool isDown = true;
        var adapter = new RecordingAdapter { Failure = _ => isDown ? new AdapterException(AdapterErrorKind.Transient, "down") : null };
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.AdapterRetries = 2, time);
        bus.EmitNumbers(0, 5);
        await Assert.ThrowsAsync<AdapterException>(() => Eventually.CompletesAsync(time, Step, bus.FlushAsync()));
        Assert.Equal(0, adapter.Attempts.Count % 3);
        Assert.Equal(5, bus.Statistics.EventsFailed);
        Assert.Equal(adapter.Attempts.Count / 3 * 2, bus.Statistics.BatchRetries);

        isDown = false;
        await bus.FlushAsync(); // reported already
        bus.EmitNumbers(5, 1);
        await bus.FlushAsync();
        Assert.Equal(["5"], adapter.Payloads);
        await bus.ShutdownAsync();
    }

    [Fact]
    [Trait("spec", "05 T20")]
    public async Task An_attempt_that_takes_longer_than_the_adapter_timeout_is_cancelled_and_tried_again()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.AdapterTimeout, o.AdapterRetries) = (TimeSpan.FromSeconds(2), 1), time);
        adapter.Gate.Close();
        bus.EmitNumbers(0, 3);
        Task flush = bus.FlushAsync();
        await adapter.Gate.UntilWaitingAsync();
        await Eventually.BecomesTrueAsync(time, Step, () => adapter.Attempts.Count == 2, "the second attempt");
        Assert.True(time.GetUtcNow() - time.Start >= TimeSpan.FromSeconds(2));
        Assert.Equal(1, adapter.Gate.Waiting); // the first attempt noticed
        adapter.Gate.Open();
        await Eventually.CompletesAsync(time, Step, flush);
        Assert.Equal(TestBus.Numbers(0, 3), adapter.Payloads);
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task An_attempt_that_ignores_its_cancellation_still_sees_its_own_bytes()
    {
        var time = new FakeTimeProvider();
        using var release = new CancellationTokenSource();
        var late = new TaskCompletionSource<string>();
        var adapter = new HangingAdapter(late, release.Token);
        await using EventBus bus = await TestBus.StartAsync(adapter, o => (o.AdapterTimeout, o.AdapterRetries) = (TimeSpan.FromSeconds(1), 0), time);
        bus.EmitString("first");
        await Assert.ThrowsAsync<AdapterException>(() => Eventually.CompletesAsync(time, Step, bus.FlushAsync()));
        for (int i = 0; i < 2_000; i++) // enough to use the memory again, if it were free
            bus.TryEmitRaw("xxxxx"u8, out _, out _);
        await Eventually.CompletesAsync(time, Step, bus.FlushAsync());
        await release.CancelAsync();
        Assert.Equal("first", await late.Task.WaitAsync(Eventually.Limit));
        await bus.ShutdownAsync();
    }

    [Fact]
    [Trait("spec", "05 T35")]
    public void Delays_double_up_to_3200_ms_and_stay_within_a_quarter()
    {
        Assert.Equal([100, 200, 400, 800, 1600, 3200, 3200, 3200], Enumerable.Range(0, 8).Select(k => RetryBackoff.BaseDelay(k).TotalMilliseconds));
        Gen.Select(Gen.Int, Gen.Int[0, 1000]).Sample((seed, attempt) =>
        {
            double ratio = new RetryBackoff(seed).Delay(attempt) / RetryBackoff.BaseDelay(attempt);
            return ratio is >= 0.75 and <= 1.25;
        });
    }

    [Fact]
    [Trait("spec", "05 T35")]
    public async Task Shards_do_not_come_back_in_step()
    {
        var time = new FakeTimeProvider();
        var attempts = new System.Collections.Concurrent.ConcurrentQueue<(ushort Shard, TimeSpan At)>();
        var adapter = new RecordingAdapter
        {
            Failure = batch =>
            {
                attempts.Enqueue((batch.ShardId, time.GetUtcNow() - time.Start));
                return batch.Attempt < 4 ? new AdapterException(AdapterErrorKind.Transient, "down") : null;
            },
        };
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Shards = 4, time);
        bus.EmitNumbers(0, 100);
        await Eventually.CompletesAsync(time, TimeSpan.FromMilliseconds(1), bus.FlushAsync());
        TimeSpan[] lastAttempts = [.. attempts.GroupBy(a => a.Shard).Select(shard => shard.ElementAt(4).At)];
        Assert.Equal(4, lastAttempts.Length);
        Assert.True(lastAttempts.Max() - lastAttempts.Min() > TimeSpan.FromMilliseconds(20), string.Join(", ", lastAttempts));
        await bus.ShutdownAsync();
    }

    /// <summary>Keeps its first batch for as long as it likes, whatever the bus says.</summary>
    private sealed class HangingAdapter(TaskCompletionSource<string> late, CancellationToken release) : IEventAdapter
    {
        private int _batches;

        public string Name => "hanging";

        public ValueTask InitializeAsync(AdapterContext context, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask WriteBatchAsync(EventBatch batch, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _batches) > 1)
                return;
            await Task.Delay(Timeout.InfiniteTimeSpan, release).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            late.SetResult(Encoding.UTF8.GetString(batch.Events.Span[0].Payload.Span));
        }

        public ValueTask FlushAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask ShutdownAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask<ShardPage> PollShardAsync(ushort shardId, EventPosition? after, int limit, List<StoredEvent> events, CancellationToken cancellationToken) =>
            ValueTask.FromResult(ShardPage.Empty);

        public ValueTask<EventPosition?> GetTailAsync(ushort shardId, CancellationToken cancellationToken) => ValueTask.FromResult<EventPosition?>(null);

        public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken) => ValueTask.FromResult(true);
    }
}
