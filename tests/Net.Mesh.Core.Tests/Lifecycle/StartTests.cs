namespace Net.Mesh.Core.Tests.Lifecycle;

public sealed class StartTests
{
    [Fact]
    public async Task A_bus_that_was_not_started_takes_no_events_and_says_so()
    {
        var bus = new EventBus(new(), new RecordingAdapter(), new JsonEventSerializer(), TimeProvider.System, new ListLoggerFactory());
        Assert.False(bus.IsRunning);
        Assert.Contains("not started", Assert.Throws<EventBusException>(() => bus.EmitString("1")).Message);
        Assert.Equal(EventBusException.Shutdown, Assert.Throws<EventBusException>(() => bus.EmitRawBatch([TestBus.Bytes("1")])).Kind);
        Assert.Equal(EventBusException.Shutdown, Assert.Throws<EventBusException>(() => bus.EmitBatch([1])).Kind);
        await Assert.ThrowsAsync<EventBusException>(() => bus.PollAsync(new()));
        await Assert.ThrowsAsync<EventBusException>(() => bus.FlushAsync());
        await bus.ShutdownAsync();
        Assert.True(bus.IsShutdownCompleted);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bus.StartAsync());
    }

    [Fact]
    public async Task A_bus_starts_once_and_shows_what_it_is()
    {
        var adapter = new RecordingAdapter();
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Shards = 3);
        Assert.True(bus.IsRunning);
        Assert.Equal(3, bus.ShardCount);
        Assert.Equal("recording", bus.AdapterName);
        Assert.True(bus.IsScalingEnabled);
        Assert.Equal([0, 1, 2], bus.ShardMetrics.Select(m => (int)m.ShardId));
        Assert.True(await bus.IsHealthyAsync());
        adapter.IsHealthy = false;
        Assert.False(await bus.IsHealthyAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => bus.StartAsync());
        Assert.Equal(1, adapter.Initializations);
    }

    [Fact]
    public async Task An_adapter_that_does_not_start_in_time_fails_the_bus_and_is_shut_down()
    {
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter { OnInitialize = async token => await Task.Delay(Timeout.InfiniteTimeSpan, token) };
        Task<EventBus> start = TestBus.StartAsync(adapter, o => o.AdapterTimeout = TimeSpan.FromSeconds(2), time);
        var e = await Assert.ThrowsAsync<AdapterException>(() => Eventually.CompletesAsync(time, TimeSpan.FromSeconds(1), start));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains("adapter init timed out", e.Message);
        Assert.Equal(1, adapter.Shutdowns);
    }

    [Fact]
    public async Task A_failed_start_reports_its_own_cause_even_when_the_shutdown_fails_too()
    {
        var adapter = new RecordingAdapter
        {
            OnInitialize = _ => throw new AdapterException(AdapterErrorKind.Connection, "no route"),
            OnShutdown = _ => throw new AdapterException(AdapterErrorKind.Fatal, "also broken"),
        };
        var log = new ListLoggerFactory();
        var e = await Assert.ThrowsAsync<AdapterException>(() => TestBus.StartAsync(adapter, log: log));
        Assert.Equal(AdapterErrorKind.Connection, e.ErrorKind);
        Assert.Contains(log.Lines, line => line.Id == 15);
    }

    [Fact]
    public async Task A_start_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        var entered = new TaskCompletionSource();
        var adapter = new RecordingAdapter
        {
            OnInitialize = async token =>
            {
                entered.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
            },
        };
        var bus = new EventBus(new(), adapter, new JsonEventSerializer(), TimeProvider.System, new ListLoggerFactory());
        Task start = bus.StartAsync(stop.Token);
        await entered.Task;
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);
        Assert.Equal(1, adapter.Shutdowns);
        await bus.DisposeAsync();
    }

    [Fact]
    public async Task A_nonce_file_that_cannot_be_used_fails_the_start_and_names_the_path()
    {
        using var folder = new TempFolder();
        string path = folder.File("bad.nonce");
        await File.WriteAllBytesAsync(path, new byte[8]);
        var e = await Assert.ThrowsAsync<AdapterException>(() => TestBus.StartAsync(new RecordingAdapter(), o => o.ProducerNonceFile = path));
        Assert.Equal(AdapterErrorKind.Fatal, e.ErrorKind);
        Assert.Contains(path, e.Message);
        string missing = folder.File("none/producer.nonce");
        e = await Assert.ThrowsAsync<AdapterException>(() => TestBus.StartAsync(new RecordingAdapter(), o => o.ProducerNonceFile = missing));
        Assert.Contains(missing, e.Message);
        Assert.False(Directory.Exists(folder.File("none")));
    }
}
