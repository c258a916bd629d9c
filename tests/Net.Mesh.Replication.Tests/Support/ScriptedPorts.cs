namespace Net.Mesh.Replication.Tests;

/// <summary>The world around a core that a test plays by hand.</summary>
internal sealed class ScriptedPorts : IReplicaPorts
{
    private ulong _ids = 1;

    public List<(NodeId To, ReadOnlyMemory<byte> Message)> Sent { get; } = [];

    public List<(ReplicaDivergence Divergence, DivergentEvent[] Events)> Diverged { get; } = [];

    public List<(NodeId Leader, SyncNack Nack)> Refused { get; } = [];

    public List<ApplyOutcome> NotApplied { get; } = [];

    public HashSet<NodeId> Large { get; } = [];

    public bool CanSend { get; set; } = true;

    public bool HasEntropy { get; set; } = true;

    public ulong WallClockMs => 1_700_000_000_000;

    public bool TrySend(NodeId member, ReadOnlyMemory<byte> message)
    {
        if (CanSend)
            Sent.Add((member, message));
        return CanSend;
    }

    public ReplicaPeerFacts FactsOf(NodeId member) => Large.Contains(member) ? new(true, 16 * 1024 * 1024) : new(false, 8104);

    public bool TryNewRequestId(out ulong id)
    {
        id = _ids++;
        return HasEntropy;
    }

    public void OnDiverged(ReplicaDivergence divergence) => Diverged.Add((divergence, [.. divergence.Events]));

    public void OnRefused(NodeId leader, in SyncNack refusal) => Refused.Add((leader, refusal));

    public void OnNotApplied(NodeId leader, ApplyOutcome outcome, RedexException? failure) => NotApplied.Add(outcome);

    public IEnumerable<SyncRequest> Requests => Sent.Where(static s => SyncCodec.Peek(s.Message.Span) == SyncDispatch.Request).Select(static s =>
    {
        Assert.True(SyncCodec.Decode(s.Message.Span, out SyncRequest request).IsNone);
        return request;
    });

    public IEnumerable<SyncHeartbeat> Heartbeats => Sent.Where(static s => SyncCodec.Peek(s.Message.Span) == SyncDispatch.Heartbeat).Select(static s =>
    {
        Assert.True(SyncCodec.Decode(s.Message.Span, out SyncHeartbeat heartbeat).IsNone);
        return heartbeat;
    });

    public IEnumerable<SyncResponse> Responses => Sent.Where(static s => SyncCodec.Peek(s.Message.Span) == SyncDispatch.Response).Select(static s =>
    {
        Assert.True(SyncCodec.Decode(s.Message, out SyncResponse response).IsNone);
        return response;
    });

    public IEnumerable<SyncNack> Nacks => Sent.Where(static s => SyncCodec.Peek(s.Message.Span) == SyncDispatch.Nack).Select(static s =>
    {
        Assert.True(SyncCodec.Decode(s.Message.Span, out SyncNack nack).IsNone);
        return nack;
    });
}
