using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>What happens to an emit when the ring of its shard is full.</summary>
public enum Backpressure
{
    /// <summary>The oldest event of the ring makes room; the emit succeeds and the eviction is counted. The default.</summary>
    DropOldest,

    /// <summary>The new event is refused with <see cref="EmitRejection.Backpressure"/>.</summary>
    DropNewest,

    /// <summary>The same as <see cref="DropNewest"/>, named for producers that mean to slow down or stop.</summary>
    FailProducer,

    /// <summary>Every N-th event makes room by evicting the oldest, the others are refused with <see cref="EmitRejection.Sampled"/>.</summary>
    Sample,
}

/// <summary>Options of an <see cref="EventBus"/>; all of them have a sensible default. Bindable from configuration.</summary>
public sealed class EventBusOptions
{
    /// <summary>The highest number of shards; the id 65535 is never handed out.</summary>
    public const int MaxShards = 65535;

    /// <summary>How many shards the bus starts with, 1 to 65535. Default: the number of logical processors.</summary>
    public int Shards { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, MaxShards);

    /// <summary>
    /// Ring capacity of a shard in events: a power of two, at least 1024; one slot stays free. Default 1,048,576. Rings start
    /// small and grow to this size only under load.
    /// </summary>
    public int BufferCapacity { get; set; } = 1_048_576;

    /// <summary>What happens when a ring is full. Default <see cref="Backpressure.DropOldest"/>.</summary>
    public Backpressure Backpressure { get; set; } = Backpressure.DropOldest;

    /// <summary>With <see cref="Backpressure.Sample"/>: one event in this many is admitted when the ring is full, 1 or more. Default 10.</summary>
    public int SampleRate { get; set; } = 10;

    /// <summary>How events are gathered into batches.</summary>
    public BatchOptions Batch { get; set; } = new();

    /// <summary>How shards are added and removed; null turns dynamic scaling off. Default: on, but nothing scales by itself until the monitor runs.</summary>
    public ScalingOptions? Scaling { get; set; } = new();

    /// <summary>Whether the scaling monitor starts with the bus. Default false; <see cref="EventBusBuilder.WithScaling"/> sets it.</summary>
    public bool StartScalingMonitor { get; set; }

    /// <summary>How long one call of the adapter may take: start, one attempt at a batch, flush, shutdown. Default 30 s.</summary>
    public TimeSpan AdapterTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often a batch is tried again after a retryable failure, 0 or more. Default 10, which with the back-off rides out about
    /// 20 seconds without a backend; the ring takes what is emitted meanwhile.
    /// </summary>
    public int AdapterRetries { get; set; } = 10;

    /// <summary>
    /// A file that gives the producer an identity that survives restarts; null means a fresh identity for every bus. Beside the
    /// file the bus keeps a small journal of the batch in flight per shard, so that a crash neither loses nor doubles it.
    /// </summary>
    public string? ProducerNonceFile { get; set; }

    /// <summary>What a crash may cost when <see cref="ProducerNonceFile"/> is set. Default <see cref="JournalDurability.Process"/>.</summary>
    public JournalDurability JournalDurability { get; set; } = JournalDurability.Process;

    /// <summary>
    /// Whether raw payloads must be JSON. Null, the default, follows the adapter: checked for Redis and JetStream, whose records
    /// embed the payload, and not for the others.
    /// </summary>
    public bool? ValidateRawJson { get; set; }

    /// <summary>How long a shutdown may take to hand everything that was accepted to the adapter. Default 30 s.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Every problem of these options, in the order of the specification; empty when they are valid.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Check(problems, Shards is >= 1 and <= MaxShards, $"Shards is {Shards}; use 1 to {MaxShards}");
        Check(problems, BufferCapacity > 0 && (BufferCapacity & (BufferCapacity - 1)) == 0,
            $"BufferCapacity is {BufferCapacity}; use a power of two");
        Check(problems, BufferCapacity >= 1024, $"BufferCapacity is {BufferCapacity}; use at least 1024");
        Check(problems, AdapterTimeout > TimeSpan.Zero, $"AdapterTimeout is {AdapterTimeout}; use more than zero");
        Check(problems, Enum.IsDefined(Backpressure), $"Backpressure is {Backpressure}; use DropOldest, DropNewest, FailProducer or Sample");
        Check(problems, Backpressure != Backpressure.Sample || SampleRate >= 1, $"SampleRate is {SampleRate}; use 1 or more");
        Check(problems, AdapterRetries >= 0, $"AdapterRetries is {AdapterRetries}; use 0 or more");
        Check(problems, ShutdownTimeout > TimeSpan.Zero, $"ShutdownTimeout is {ShutdownTimeout}; use more than zero");
        Check(problems, Enum.IsDefined(JournalDurability), $"JournalDurability is {JournalDurability}; use Process or Machine");
        Check(problems, ProducerNonceFile is not "", "ProducerNonceFile is empty; use a path or leave it out");
        if (Batch is null)
            problems.Add("Batch is null; use new BatchOptions()");
        else
            problems.AddRange(Batch.Validate());
        if (Scaling is not null)
            problems.AddRange(Scaling.Validate());
        return problems;
    }

    internal void ThrowIfInvalid()
    {
        IReadOnlyList<string> problems = Validate();
        if (problems.Count > 0)
            throw new EventBusException(EventBusException.Configuration, $"invalid configuration: {string.Join("; ", problems)}.");
    }

    internal static void Check(List<string> problems, bool isValid, string problem)
    {
        if (!isValid)
            problems.Add(problem);
    }
}
