namespace Net.Mesh.Core.Tests.Lifecycle;

public sealed class OptionsTests
{
    [Fact]
    public void Defaults_are_valid_and_as_specified()
    {
        var options = new EventBusOptions();
        Assert.Empty(options.Validate());
        Assert.Equal(Environment.ProcessorCount, options.Shards);
        Assert.Equal((1_048_576, Backpressure.DropOldest, TimeSpan.FromSeconds(30)), (options.BufferCapacity, options.Backpressure, options.AdapterTimeout));
        Assert.Equal((1_000, 10_000, TimeSpan.FromMilliseconds(10), true, TimeSpan.FromMilliseconds(100)), Values(options.Batch));
        Assert.Equal((5_000, 50_000, TimeSpan.FromMilliseconds(5), true, TimeSpan.FromMilliseconds(50)), Values(BatchOptions.HighThroughput()));
        Assert.Equal((100, 1_000, TimeSpan.FromMilliseconds(1), true, TimeSpan.FromMilliseconds(20)), Values(BatchOptions.LowLatency()));
        foreach (ScalingOptions preset in new[] { new(), ScalingOptions.HighThroughput(), ScalingOptions.Conservative() })
            Assert.Empty(preset.Validate());
    }

    public static TheoryData<string, Action<EventBusOptions>> Invalid => new()
    {
        { "Shards", o => o.Shards = 0 },
        { "Shards", o => o.Shards = 65_536 },
        { "BufferCapacity", o => o.BufferCapacity = 0 },
        { "BufferCapacity", o => o.BufferCapacity = 512 },
        { "BufferCapacity", o => o.BufferCapacity = 1500 },
        { "BufferCapacity", o => o.BufferCapacity = int.MinValue },
        { "AdapterTimeout", o => o.AdapterTimeout = TimeSpan.Zero },
        { "Backpressure", o => o.Backpressure = (Backpressure)9 },
        { "SampleRate", o => (o.Backpressure, o.SampleRate) = (Backpressure.Sample, 0) },
        { "AdapterRetries", o => o.AdapterRetries = -1 },
        { "ShutdownTimeout", o => o.ShutdownTimeout = TimeSpan.Zero },
        { "JournalDurability", o => o.JournalDurability = (JournalDurability)5 },
        { "ProducerNonceFile", o => o.ProducerNonceFile = "" },
        { "Batch", o => o.Batch = null! },
        { "Batch.MinSize", o => o.Batch.MinSize = 0 },
        { "Batch.MaxSize", o => o.Batch.MaxSize = 999 },
        { "Batch.MaxSize", o => o.Batch.MaxSize = 1_000_001 },
        { "Batch.MaxDelay", o => o.Batch.MaxDelay = TimeSpan.Zero },
        { "Batch.VelocityWindow", o => o.Batch.VelocityWindow = TimeSpan.Zero },
        { "Scaling.FillRatioThreshold", o => o.Scaling!.FillRatioThreshold = double.NaN },
        { "Scaling.FillRatioThreshold", o => o.Scaling!.FillRatioThreshold = 0 },
        { "Scaling.FillRatioThreshold", o => o.Scaling!.FillRatioThreshold = 1.01 },
        { "Scaling.UnderutilizedThreshold", o => o.Scaling!.UnderutilizedThreshold = double.NaN },
        { "Scaling.UnderutilizedThreshold", o => o.Scaling!.UnderutilizedThreshold = double.NegativeInfinity },
        { "Scaling.PushLatencyThresholdNanoseconds", o => o.Scaling!.PushLatencyThresholdNanoseconds = double.NaN },
        { "Scaling.PushLatencyThresholdNanoseconds", o => o.Scaling!.PushLatencyThresholdNanoseconds = double.PositiveInfinity },
        { "Scaling.FlushLatencyThresholdMicroseconds", o => o.Scaling!.FlushLatencyThresholdMicroseconds = double.NaN },
        { "Scaling.MinShards", o => o.Scaling!.MinShards = 0 },
        { "Scaling.MaxShards", o => (o.Scaling!.MinShards, o.Scaling.MaxShards) = (3, 2) },
        { "Scaling.Cooldown", o => o.Scaling!.Cooldown = TimeSpan.Zero },
        { "Scaling.ScaleDownDelay", o => o.Scaling!.ScaleDownDelay = TimeSpan.Zero },
        { "Scaling.MetricsWindow", o => o.Scaling!.MetricsWindow = TimeSpan.Zero },
    };

    [Theory]
    [MemberData(nameof(Invalid), DisableDiscoveryEnumeration = true)]
    [Trait("spec", "05 T23")]
    public async Task A_value_that_makes_no_sense_is_named_and_refused(string name, Action<EventBusOptions> spoil)
    {
        var options = new EventBusOptions();
        spoil(options);
        Assert.Contains(options.Validate(), problem => problem.StartsWith(name + " is", StringComparison.Ordinal));
        var adapter = new RecordingAdapter();
        var e = await Assert.ThrowsAsync<EventBusException>(() => EventBus.CreateBuilder().UseAdapter(adapter).Configure(spoil).BuildAsync());
        Assert.Equal(EventBusException.Configuration, e.Kind);
        Assert.StartsWith("invalid configuration: ", e.Message);
        Assert.Equal(0, adapter.Initializations);
    }

    [Fact]
    public async Task Every_problem_is_listed_at_once()
    {
        var e = await Assert.ThrowsAsync<EventBusException>(() => EventBus.CreateBuilder()
            .WithShards(0).WithBufferCapacity(1000).WithAdapterTimeout(TimeSpan.Zero).WithAdapterRetries(-3).BuildAsync());
        foreach (string name in new[] { "Shards is 0", "BufferCapacity is 1000", "AdapterTimeout is 00:00:00", "AdapterRetries is -3" })
            Assert.Contains(name, e.Message);
    }

    [Fact]
    public void Memory_limits_must_be_positive()
    {
        var e = Assert.Throws<EventBusException>(() => new MemoryEventAdapter(new() { MaxEvents = 0, MaxBytes = 0, MaxAge = TimeSpan.Zero }));
        Assert.Equal(EventBusException.Configuration, e.Kind);
        foreach (string name in new[] { "Memory.MaxEvents", "Memory.MaxBytes", "Memory.MaxAge" })
            Assert.Contains(name, e.Message);
    }

    private static (int, int, TimeSpan, bool, TimeSpan) Values(BatchOptions o) => (o.MinSize, o.MaxSize, o.MaxDelay, o.Adaptive, o.VelocityWindow);
}
