namespace Net.Mesh.Core.Tests.Producer;

/// <summary>What a crash at any moment leaves behind: the folder as it stood, copied, and a bus that starts from the copy.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait("spec", "05 T1")]
    public async Task The_batch_in_flight_is_sent_again_with_identical_ids_events_and_timestamps()
    {
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        await using EventBus bus = await StartAsync(adapter, _folder);
        bus.EmitNumbers(0, 5);
        await bus.FlushAsync();
        adapter.Gate.Close();
        bus.EmitNumbers(5, 5);
        await adapter.Gate.UntilWaitingAsync();
        SentBatch inFlight = adapter.Attempts[^1];
        using TempFolder crashed = _folder.Snapshot();

        var after = new RecordingAdapter();
        await using (EventBus restarted = await StartAsync(after, crashed))
        {
            SentBatch replayed = Assert.Single(after.Attempts);
            Assert.True(replayed.IsReplay);
            Assert.Equal(inFlight.DedupIds, replayed.DedupIds);
            Assert.Equal(inFlight.Payloads, replayed.Payloads);
            Assert.Equal(inFlight.Timestamps, replayed.Timestamps);
            restarted.EmitNumbers(10, 3);
            await restarted.FlushAsync();
            Assert.Equal(inFlight.SequenceEnd, after.Stored[1].SequenceStart);
            Assert.False(after.Stored[1].IsReplay);
        }
        await using EventBus again = await StartAsync(after, crashed);
        Assert.Equal(1, after.Attempts.Count(a => a.IsReplay)); // once is enough
        adapter.Gate.Open();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whether_the_backend_had_the_batch_or_not_no_event_is_lost_or_doubled(bool wasStored)
    {
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        await using EventBus bus = await StartAsync(adapter, _folder);
        bus.EmitNumbers(0, 5);
        await bus.FlushAsync();
        adapter.Gate.Close();
        bus.EmitNumbers(5, 5);
        await adapter.Gate.UntilWaitingAsync();
        using TempFolder crashed = _folder.Snapshot();
        if (wasStored)
        {
            adapter.Gate.Open();
            await bus.FlushAsync();
        }
        else
        {
            adapter.Failure = batch => batch.IsReplay ? null : new AdapterException(AdapterErrorKind.Fatal, "the process is gone");
            adapter.Gate.Open();
            await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync());
            adapter.Failure = _ => null;
        }
        await using EventBus restarted = await StartAsync(adapter, crashed);
        List<StoredEvent> all = await restarted.PollAllAsync();
        Assert.Equal(TestBus.Numbers(0, 10), all.Select(e => e.GetString()));
    }

    [Fact]
    [Trait("spec", "05 T1")]
    public async Task A_crash_at_any_moment_under_load_never_reuses_an_id_for_another_event()
    {
        var before = new RecordingAdapter();
        var snapshots = new List<TempFolder>();
        await using EventBus bus = await StartAsync(before, _folder, o => (o.Shards, o.Batch.MaxSize, o.Batch.MinSize) = (2, 7, 1));
        Task producing = Task.Run(async () =>
        {
            for (int i = 0; i < 3_000; i++)
                await bus.EmitRawAsync(TestBus.Bytes(i));
        });
        while (!producing.IsCompleted && snapshots.Count < 15)
        {
            int seen = before.Attempts.Count;
            await Eventually.BecomesTrueAsync(() => producing.IsCompleted || before.Attempts.Count > seen + 3, "batches to go out");
            snapshots.Add(_folder.Snapshot());
        }
        await producing;
        await bus.FlushAsync();
        Dictionary<string, string> events = before.Stored.SelectMany(b => b.DedupIds.Zip(b.Payloads)).ToDictionary(e => e.First, e => e.Second);
        Assert.NotEmpty(snapshots);
        foreach (TempFolder crashed in snapshots)
        {
            // What the first run sent after the snapshot was not sent in this history: only ids in the journal count.
            var after = new RecordingAdapter();
            await using (EventBus restarted = await StartAsync(after, crashed, o => o.Shards = 2))
            {
                foreach (SentBatch replayed in after.Attempts)
                    Assert.All(replayed.DedupIds.Zip(replayed.Payloads), e => Assert.Equal(events[e.First], e.Second));
                restarted.EmitRaw(TestBus.Bytes("new").AsMemory());
                await restarted.FlushAsync();
            }
            Assert.Equal(after.Attempts.SelectMany(a => a.DedupIds).Distinct().Count(), after.Attempts.Sum(a => a.DedupIds.Length));
            crashed.Dispose();
        }
    }

    [Fact]
    public async Task A_batch_that_cannot_be_replayed_fails_the_start_and_stays_in_the_journal()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await StartAsync(adapter, _folder);
        adapter.Gate.Close();
        bus.EmitNumbers(0, 3);
        await adapter.Gate.UntilWaitingAsync();
        using TempFolder crashed = _folder.Snapshot();

        var broken = new RecordingAdapter { Failure = _ => new AdapterException(AdapterErrorKind.Fatal, "wrong password") };
        var e = await Assert.ThrowsAsync<AdapterException>(() => StartAsync(broken, crashed));
        Assert.Contains("stay in the producer journal", e.Message);
        Assert.Contains("wrong password", e.Message);
        Assert.Equal(1, broken.Shutdowns);
        var repaired = new RecordingAdapter();
        await using EventBus restarted = await StartAsync(repaired, crashed);
        Assert.True(Assert.Single(repaired.Stored).IsReplay);
        Assert.Equal(adapter.Attempts[0].Payloads, repaired.Payloads);
        adapter.Gate.Open();
    }

    [Fact]
    public async Task A_batch_given_up_at_the_shutdown_deadline_is_sent_by_the_next_run()
    {
        var adapter = new RecordingAdapter();
        EventBus bus = await StartAsync(adapter, _folder);
        adapter.Gate.Close();
        bus.EmitNumbers(0, 3);
        await adapter.Gate.UntilWaitingAsync();
        using var now = new CancellationTokenSource();
        Task shutdown = bus.ShutdownAsync(now.Token);
        await now.CancelAsync();
        await shutdown;
        adapter.Gate.Open();
        await using EventBus restarted = await StartAsync(adapter, _folder);
        Assert.True(adapter.Stored[0].IsReplay);
        Assert.Equal(adapter.Attempts[0].DedupIds, adapter.Stored[0].DedupIds);
    }

    private static Task<EventBus> StartAsync(RecordingAdapter adapter, TempFolder folder, Action<EventBusOptions>? configure = null) =>
        TestBus.StartAsync(adapter, o =>
        {
            o.ProducerNonceFile = folder.File("producer.nonce");
            configure?.Invoke(o);
        });
}
