using Microsoft.Extensions.Logging;

namespace Net.Mesh.Bus;

/// <summary>What the bus hands an adapter when it starts.</summary>
public sealed class AdapterContext
{
    /// <summary>The clock to use for every timeout and delay.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>Makes the adapter's loggers. Never log a payload or a credential.</summary>
    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>How many shards the bus starts with.</summary>
    public required int ShardCount { get; init; }

    /// <summary>The ring capacity of a shard, in events; the memory adapter keeps as many unless told otherwise.</summary>
    public required int BufferCapacity { get; init; }

    /// <summary>How long the bus waits for one call of the adapter.</summary>
    public required TimeSpan AdapterTimeout { get; init; }

    /// <summary>
    /// Wakes the bus's subscriptions. An adapter calls it when events can be read that the bus did not write itself; without it
    /// subscriptions find them at their next poll. Quick, throws nothing, from any thread.
    /// </summary>
    public Action EventsArrived { get; init; } = static () => { };
}
