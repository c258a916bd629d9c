namespace Net.Mesh.Cortex.Replication;

/// <summary>Where a holder of a channel says so: the node's announced capabilities.</summary>
internal interface IChainTagSink
{
    /// <summary>Replaces what is announced of an origin; false when that failed.</summary>
    bool TryAnnounce(OriginHash origin, ulong tail);

    /// <summary>Takes back what is announced of an origin, and of no other; false when that failed.</summary>
    bool TryWithdraw(OriginHash origin);
}
