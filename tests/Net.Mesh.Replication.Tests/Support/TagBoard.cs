namespace Net.Mesh.Replication.Tests;

/// <summary>The tags that a node announces.</summary>
internal sealed class TagBoard : IChainTagSink
{
    public Dictionary<OriginHash, ulong> Tags { get; } = [];

    public bool Fails { get; set; }

    public bool TryAnnounce(OriginHash origin, ulong tail)
    {
        if (!Fails)
            Tags[origin] = tail;
        return !Fails;
    }

    public bool TryWithdraw(OriginHash origin)
    {
        if (!Fails)
            Tags.Remove(origin);
        return !Fails;
    }
}
