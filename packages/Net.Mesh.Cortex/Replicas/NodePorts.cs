using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Replication;
using Net.Mesh.Node;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>A channel's way to the other members, over the sessions that the node has with them.</summary>
internal sealed class NodePorts(MeshContext context, ChannelName channel, ILogger log, Action<ReplicaDivergence> onDiverged) : IReplicaPorts
{
    private (NodeId Leader, ulong Since, string Detail) _lastRefusal;
    private (NodeId Member, ulong Since) _lastUnserved;

    public ulong WallClockMs => (ulong)Math.Max(0, context.Time.GetUtcNow().ToUnixTimeMilliseconds());

    public bool TrySend(NodeId member, ReadOnlyMemory<byte> message)
    {
        TellUnserved(member, message.Span);
        try
        {
            return context.Send(member, SubprotocolId.RedexReplication, message) == SendStatus.Sent;
        }
        catch (MessageTooLargeException)
        {
            return false;
        }
    }

    public ReplicaPeerFacts FactsOf(NodeId member) => context.TryGetPeer(member, out Peer? peer) && peer.Security == SecurityLevel.Secure
        ? new(true, context.Options.MaxMessageBytes)
        : new(false, SyncCodec.PacketBudgetBytes - SyncEvent.OverheadBytes);

    public bool TryNewRequestId(out ulong id)
    {
        Span<byte> bits = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bits);
        id = BitConverter.ToUInt64(bits);
        return true;
    }

    public void OnDiverged(ReplicaDivergence divergence)
    {
        ReplicationLog.Diverged(log, channel, divergence.Leader, divergence.From, divergence.End);
        try
        {
            onDiverged(divergence);
        }
        catch (Exception failure)
        {
            ReplicationLog.ObserverFailed(log, channel, failure);
        }
    }

    // What is refused is asked for again and again: it is told once.
    public void OnRefused(NodeId leader, in SyncNack refusal)
    {
        var told = (leader, refusal.SinceSeq, refusal.Detail);
        if (refusal.Code != SyncNackCode.BadRange || told == _lastRefusal)
            return;
        _lastRefusal = told;
        ReplicationLog.Refused(log, leader, refusal.SinceSeq, channel, refusal.Code, refusal.Detail);
    }

    public void OnNotApplied(NodeId leader, ApplyOutcome outcome, RedexException? failure)
    {
        // An answer that came twice, or one that the application was quicker than, is nothing to look into.
        if (outcome is not (ApplyOutcome.StaleChunk or ApplyOutcome.Moved))
            ReplicationLog.NotApplied(log, leader, channel, outcome, failure);
    }

    // A member that cannot be served stays behind, and does not say so: nodes of 0.27.2 log nothing.
    private void TellUnserved(NodeId member, ReadOnlySpan<byte> message)
    {
        if (SyncCodec.Peek(message) != SyncDispatch.Nack || !SyncCodec.Decode(message, out SyncNack nack).IsNone || nack.Code != SyncNackCode.BadRange)
            return;
        if (_lastUnserved == (member, nack.SinceSeq))
            return;
        _lastUnserved = (member, nack.SinceSeq);
        ReplicationLog.CannotServe(log, member, nack.SinceSeq, channel, nack.Detail);
    }
}
