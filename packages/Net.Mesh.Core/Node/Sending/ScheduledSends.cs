using Net.Mesh.Sessions;

namespace Net.Mesh.Node;

/// <summary>
/// Packets of scheduled streams take turns, by weight (spec 01 §15). They leave through the same socket as everything else
/// (02 T11). Whoever adds drains, one thread at a time.
/// </summary>
internal sealed class ScheduledSends(NodeCore core)
{
    private const int Burst = 64;

    private readonly FairScheduler<Item> _scheduler = new(new FairSchedulerOptions { QueueDepth = core.Options.MaxScheduledPackets });
    private int _isDraining;

    public void Enqueue(PeerLink peer, StreamState stream, ulong sequence, in PacketContent content)
    {
        ulong key = unchecked((stream.Id * 0x9E37_79B9_7F4A_7C15) ^ peer.Id.Value);
        _scheduler.SetWeight(key, stream.Options.FairnessWeight);
        // A reliable packet stays with its stream, which may end meanwhile; others travel with the item.
        var item = new Item(peer, stream, sequence, stream.Sender.IsReliable ? default : content);
        while (!_scheduler.TryEnqueue(key, item))
            Drain();
    }

    public void Drain()
    {
        while (_scheduler.Count > 0 && Interlocked.CompareExchange(ref _isDraining, 1, 0) == 0)
        {
            try
            {
                using PacketWriter writer = core.Writers.Rent();
                for (int i = 0; i < Burst && _scheduler.TryDequeue(out Item item); i++)
                    Seal(writer, item);
            }
            finally
            {
                Volatile.Write(ref _isDraining, 0);
            }
        }
    }

    private void Seal(PacketWriter writer, in Item item)
    {
        if (item.Peer.Current is not { } session)
            return;
        if (!item.Stream.Sender.IsReliable)
        {
            writer.Add(item.Peer, session, StreamResender.HeaderOf(item.Peer, item.Stream, item.Sequence, item.Content), item.Content.Plaintext);
            core.Buffers.Return(item.Content.Buffer);
            return;
        }
        lock (item.Stream.Gate)
        {
            if (!item.Stream.Sender.TryFind(item.Sequence, out PacketContent content))
                return;
            writer.Add(item.Peer, session, StreamResender.HeaderOf(item.Peer, item.Stream, item.Sequence, content), content.Plaintext);
            item.Stream.Sender.SealedThrough(item.Sequence);
        }
    }

    private readonly record struct Item(PeerLink Peer, StreamState Stream, ulong Sequence, PacketContent Content);
}
