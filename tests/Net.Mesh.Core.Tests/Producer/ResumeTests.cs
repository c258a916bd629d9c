namespace Net.Mesh.Core.Tests.Producer;

public sealed class ResumeTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Re_reading_the_source_after_restarts_emits_every_event_once()
    {
        string[] source = [.. TestBus.Numbers(0, 1_000)];
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        foreach (int upTo in new[] { 0, 300, 301, 1_000, 1_000 })
        {
            await using EventBus bus = await StartAsync(adapter, _folder);
            ProducerResume resume = bus.CreateResume();
            Assert.Equal((ulong)adapter.Count, resume.Remaining);
            foreach (string line in source.Take(upTo))
            {
                if (!resume.IsDurable(TestBus.Bytes(line)))
                    await bus.EmitRawAsync(TestBus.Bytes(line));
            }
            Assert.Equal(0UL, resume.Remaining);
            await bus.FlushAsync();
        }
        Assert.Equal(source.Order(), adapter.Payloads.Order());
    }

    [Fact]
    public async Task Re_reading_the_source_after_a_crash_with_a_batch_in_flight_emits_every_event_once()
    {
        string[] source = [.. TestBus.Numbers(0, 400)];
        var adapter = new RecordingAdapter { DropsKnownIds = true };
        TempFolder crashed;
        await using (EventBus bus = await StartAsync(adapter, _folder))
        {
            foreach (string line in source.Take(100))
                await bus.EmitRawAsync(TestBus.Bytes(line));
            await bus.FlushAsync();
            adapter.Gate.Close();
            foreach (string line in source.Skip(100).Take(200))
                await bus.EmitRawAsync(TestBus.Bytes(line));
            await adapter.Gate.UntilWaitingAsync(3);
            crashed = _folder.Snapshot();
            adapter.Failure = batch => batch.IsReplay ? null : new AdapterException(AdapterErrorKind.Fatal, "the process is gone");
            adapter.Gate.Open();
        }
        adapter.Failure = _ => null;
        await using (EventBus bus = await StartAsync(adapter, crashed))
        {
            ProducerResume resume = bus.CreateResume();
            foreach (string line in source)
            {
                if (!resume.IsDurable(TestBus.Bytes(line)))
                    await bus.EmitRawAsync(TestBus.Bytes(line));
            }
            await bus.FlushAsync();
        }
        Assert.Equal(source.Order(), adapter.Payloads.Order());
        crashed.Dispose();
    }

    [Fact]
    public async Task It_refuses_where_the_count_of_events_is_no_position()
    {
        await RefusesAsync("ProducerNonceFile", o => o.ProducerNonceFile = null);
        await RefusesAsync("DropOldest", o => o.Backpressure = Backpressure.DropOldest);
        await RefusesAsync("Sample", o => o.Backpressure = Backpressure.Sample);
        await RefusesAsync("WithoutScaling", o => o.StartScalingMonitor = true);
    }

    [Fact]
    public async Task It_refuses_after_a_batch_was_given_up()
    {
        var adapter = new RecordingAdapter { Failure = _ => new AdapterException(AdapterErrorKind.Fatal, "no") };
        await using (EventBus bus = await StartAsync(adapter, _folder))
            bus.EmitNumbers(0, 5);
        await RefusesAsync("gave up on a batch", _ => { });
    }

    [Fact]
    public async Task It_refuses_after_runs_with_another_number_of_shards()
    {
        await using (EventBus bus = await StartAsync(new RecordingAdapter(), _folder))
            bus.EmitNumbers(0, 100);
        await RefusesAsync("shards", o => o.Shards = 2);
        await using (EventBus two = await TestBus.StartAsync(new RecordingAdapter(), o => (o.Shards, o.ProducerNonceFile) = (2, _folder.File("producer.nonce"))))
            two.EmitNumbers(100, 100);
        await RefusesAsync("shards", _ => { }); // back to three, but the counts are of both
        await RefusesAsync("shards", o => o.Shards = 2);
    }

    private async Task RefusesAsync(string reason, Action<EventBusOptions> configure)
    {
        await using EventBus bus = await StartAsync(new RecordingAdapter(), _folder, configure);
        Assert.Contains(reason, Assert.Throws<InvalidOperationException>(() => bus.CreateResume()).Message);
    }

    private static Task<EventBus> StartAsync(RecordingAdapter adapter, TempFolder folder, Action<EventBusOptions>? configure = null) =>
        TestBus.StartAsync(adapter, o =>
        {
            (o.Shards, o.ProducerNonceFile, o.Scaling, o.Batch.MinSize, o.Batch.MaxSize) = (3, folder.File("producer.nonce"), new(), 1, 40);
            configure?.Invoke(o);
        });
}
