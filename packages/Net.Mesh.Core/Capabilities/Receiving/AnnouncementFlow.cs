using Net.Mesh.Node;
using Net.Mesh.Subnets;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// What happens to an announcement that came in: it is checked, teaches a route, is passed on and indexed, in the order of spec 04 §8.
/// Runs off the receiving thread; several may run at once.
/// </summary>
internal sealed class AnnouncementFlow(MeshContext context, MeshSubnets subnets, AnnouncementIntake intake, CapabilityIndex index)
{
    private readonly long[] _outcomes = new long[Enum.GetValues<AnnouncementOutcome>().Length];
    private readonly KeyValuePair<string, object?> _node = new("netmesh.node", context.NodeId.ToString());
    private long _forwarded;

    /// <summary>How many went on, once for each peer.</summary>
    public long Forwarded => Interlocked.Read(ref _forwarded);

    /// <summary>What became of those that were checked.</summary>
    public long CountOf(AnnouncementOutcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);

    /// <summary>Takes one in; keeps nothing of the bytes.</summary>
    public void Take(Peer sender, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            TakeChecked(sender, bytes);
        }
        catch (Exception cause)
        {
            // A policy of the user's may have thrown; the next one is taken all the same.
            context.Log.TakingFailed(cause, sender.NodeId);
        }
    }

    private void TakeChecked(Peer sender, ReadOnlyMemory<byte> bytes)
    {
        AnnouncementVerdict verdict = intake.Receive(bytes, sender.NodeId, index);
        Interlocked.Increment(ref _outcomes[(int)verdict.Outcome]);
        if (!verdict.IsAccepted || verdict.Announcement is not { } announcement)
        {
            context.Log.AnnouncementDropped(sender.NodeId, verdict.Outcome);
            return;
        }
        CapabilityMetrics.Hops.Record(announcement.HopCount, _node);
        if (!announcement.IsDirect)
            context.LearnRoute(announcement.NodeId, sender, verdict.RouteMetric);
        if (!verdict.HasGoneOn)
            Forward(announcement, sender);
        if (verdict.IsFromItself)
            subnets.Assign(sender.NodeId, [.. announcement.Capabilities.Tags.Select(static tag => tag.ToString())]);
        index.Apply(announcement.ToLocalCopy(), announcement);
    }

    private void Forward(CapabilityAnnouncement announcement, Peer sender)
    {
        byte[]? bytes = null;
        foreach (Peer peer in context.Peers)
        {
            bool isBack = peer.NodeId == sender.NodeId || peer.NodeId == announcement.NodeId || context.IsNextHop(peer, announcement.NodeId);
            if (isBack || peer.IsRelayed)
                continue;
            if (bytes is null && !announcement.TryToForwardedBytes(out bytes))
                return;
            if (context.Send(peer.NodeId, SubprotocolId.CapabilityAnnouncement, bytes) == SendStatus.Sent)
                Interlocked.Increment(ref _forwarded);
        }
    }
}
