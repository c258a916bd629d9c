using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Net.Mesh.Core.Tests.Hosting;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Counters_and_histograms_report_what_the_bus_did()
    {
        var measured = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener();
        string name = $"meter-{Guid.NewGuid():n}";
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == BusDiagnostics.Name)
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Record(i, value, tags));
        listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Record(i, value, tags));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Record(i, value, tags));
        listener.Start();

        bool fails = false;
        var adapter = new RecordingAdapter { Name = name, Failure = batch => fails ? new AdapterException(AdapterErrorKind.Fatal, "no") : null };
        await using EventBus bus = await TestBus.StartAsync(adapter, o => o.Backpressure = Backpressure.DropOldest);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 1_030);
        listener.RecordObservableInstruments();
        Assert.Equal(1_023, measured["netmesh.bus.events.pending"]);
        adapter.Gate.Open();
        await bus.FlushAsync();
        fails = true;
        bus.EmitNumbers(0, 5);
        await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync());
        measured.Keys.Where(key => key.StartsWith("netmesh.bus.events", StringComparison.Ordinal) && key != "netmesh.bus.events.failed:non_retryable")
            .ToList().ForEach(key => measured.TryRemove(key, out _));
        listener.RecordObservableInstruments();

        Assert.Equal(1_036, measured["netmesh.bus.events.ingested"]);
        Assert.Equal(7, measured["netmesh.bus.events.dropped"]);
        Assert.Equal(7, measured["netmesh.bus.events.evicted"]);
        Assert.Equal(1_024, measured["netmesh.bus.events.dispatched"]);
        Assert.Equal(0, measured["netmesh.bus.events.unrouted"]);
        Assert.Equal(5, measured["netmesh.bus.events.failed:non_retryable"]);
        Assert.Equal(1_024, measured["netmesh.bus.batch.size"]);
        Assert.True(measured["netmesh.bus.batch.duration"] > 0);

        void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string? reason = null;
            bool isOurs = false;
            foreach (KeyValuePair<string, object?> tag in tags)
            {
                isOurs |= tag.Key == "netmesh.adapter" && Equals(tag.Value, name);
                reason = tag.Key == "reason" ? (string?)tag.Value : reason;
            }
            if (isOurs)
                measured.AddOrUpdate(reason is null ? instrument.Name : $"{instrument.Name}:{reason}", value, (_, sum) => sum + value);
        }
    }

    [Fact]
    public async Task A_bus_that_is_gone_reports_nothing()
    {
        string name = $"meter-{Guid.NewGuid():n}";
        EventBus bus = await TestBus.StartAsync(new RecordingAdapter { Name = name });
        int seen = 0;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Name == "netmesh.bus.events.ingested")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
        {
            foreach (KeyValuePair<string, object?> tag in tags)
                seen += Equals(tag.Value, name) ? 1 : 0;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal(1, seen);
        await bus.DisposeAsync();
        listener.RecordObservableInstruments();
        Assert.Equal(1, seen);
    }

    [Fact]
    public async Task Every_attempt_at_a_batch_is_an_activity_with_its_outcome()
    {
        var activities = new ConcurrentQueue<Activity>();
        string name = $"activity-{Guid.NewGuid():n}";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == BusDiagnostics.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (Equals(activity.GetTagItem("netmesh.adapter"), name))
                    activities.Enqueue(activity);
            },
        };
        ActivitySource.AddActivityListener(listener);
        var time = new FakeTimeProvider();
        var adapter = new RecordingAdapter { Name = name, Failure = batch => batch.Attempt == 0 ? new AdapterException(AdapterErrorKind.Transient, "later") : null };
        await using EventBus bus = await TestBus.StartAsync(adapter, time: time);
        bus.EmitString("1");
        await Eventually.CompletesAsync(time, TimeSpan.FromMilliseconds(50), bus.FlushAsync());
        Assert.Equal([ActivityStatusCode.Error, ActivityStatusCode.Unset], activities.Select(a => a.Status));
        Assert.All(activities, a => Assert.Equal(("eventbus.dispatch", ActivityKind.Producer, 1), (a.OperationName, a.Kind, (int)a.GetTagItem("netmesh.batch.size")!)));
        await bus.ShutdownAsync();
    }

    [Fact]
    public async Task No_log_line_holds_a_payload()
    {
        var log = new ListLoggerFactory();
        var adapter = new RecordingAdapter { Failure = _ => new AdapterException(AdapterErrorKind.Fatal, "no") };
        await using (EventBus bus = await TestBus.StartAsync(adapter, log: log))
            bus.EmitString("secret-payload");
        Assert.Contains(log.Lines, line => line.Id == 5);
        Assert.DoesNotContain(log.Lines, line => line.Text.Contains("secret-payload", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("redis://u:p@ss@host:6379/0?x=a@b", "redis://[REDACTED]@host:6379/0?x=a@b")]
    [InlineData("nats://host:4222", "nats://host:4222")]
    [InlineData("redis://host/path@x", "redis://host/path@x")]
    [InlineData("localhost:6379,password=x", "localhost:6379,password=x")]
    [Trait("spec", "05 T34")]
    public void Credentials_are_cut_at_the_last_at_sign_of_the_authority(string url, string expected) =>
        Assert.Equal(expected, Net.Mesh.Primitives.UrlRedaction.Redact(url));
}
