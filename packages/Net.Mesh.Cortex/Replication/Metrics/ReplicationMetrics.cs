namespace Net.Mesh.Cortex.Replication;

/// <summary>The figures of all channels of a store: of 1024 each, of all further ones together. Thread-safe.</summary>
internal sealed class ReplicationMetrics
{
    public const int MaxChannels = 1024;

    public const string Overflow = "__overflow__";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ChannelCounters> _channels = new(StringComparer.Ordinal);
    private ChannelCounters? _overflow;

    /// <summary>The figures of a channel, made now if there are none.</summary>
    public ChannelCounters For(ChannelName channel)
    {
        string name = channel.ToString();
        lock (_gate)
        {
            if (_channels.TryGetValue(name, out ChannelCounters? counters))
                return counters;
            if (_channels.Count >= MaxChannels)
                return _overflow ??= new();
            return _channels[name] = new();
        }
    }

    public ReplicationMetricsSnapshot Snapshot()
    {
        lock (_gate)
        {
            IEnumerable<ReplicationChannelMetrics> rows = _channels.Select(static entry => entry.Value.Read(entry.Key));
            if (_overflow is not null)
                rows = rows.Append(_overflow.Read(Overflow));
            return new([.. rows.OrderBy(static row => row.Channel, StringComparer.Ordinal)]);
        }
    }
}
