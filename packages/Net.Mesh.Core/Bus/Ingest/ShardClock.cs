namespace Net.Mesh.Bus;

/// <summary>Nanoseconds since a shard was created.</summary>
internal sealed class ShardClock
{
    private readonly TimeProvider _timeProvider;
    private readonly long _start;
    private readonly bool _ticksAreNanoseconds;

    public ShardClock(TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _start = timeProvider.GetTimestamp();
        _ticksAreNanoseconds = timeProvider.TimestampFrequency == 1_000_000_000;
    }

    public ulong Elapsed()
    {
        long ticks = _timeProvider.GetTimestamp() - _start;
        return _ticksAreNanoseconds ? (ulong)ticks : (ulong)((Int128)ticks * 1_000_000_000 / _timeProvider.TimestampFrequency);
    }
}
