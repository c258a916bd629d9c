namespace Net.Mesh.Node;

/// <summary>What a node counts. Thread-safe.</summary>
internal sealed class NodeCounters
{
    private readonly long[] _dropped = new long[Enum.GetValues<DropReason>().Length];

    public long PacketsReceived;
    public long PacketsSealed;
    public long PacketsForwarded;
    public long BytesForwarded;
    public long HandshakesCompleted;
    public long HandshakesFailed;
    public long SessionsRenewed;
    public long HeartbeatsSent;
    public long PingwavesSent;
    public long Reroutes;
    public long Recoveries;

    public void Drop(DropReason reason) => Interlocked.Increment(ref _dropped[(int)reason]);

    public void Drop(DropReason reason, long count) => Interlocked.Add(ref _dropped[(int)reason], count);

    public long DroppedFor(DropReason reason) => Volatile.Read(ref _dropped[(int)reason]);
}
