using System.Runtime.InteropServices;
using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>
/// What one shard sends: its packets are numbered from 0 in each lifetime of the stream, and kept until the peer acknowledges them.
/// Guarded by the link's lock.
/// </summary>
internal sealed class OutboundStream(ushort shardId, Stack<OutboundPacket> spare) : IDisposable
{
    private readonly List<OutboundPacket> _kept = [];
    private int _head;

    public ushort ShardId { get; } = shardId;

    /// <summary>The number of the next packet.</summary>
    public ulong NextSequence { get; private set; }

    /// <summary>The batch that is being written, or was when its attempt ran out of time.</summary>
    public PendingBatch? Batch { get; set; }

    /// <summary>Whether the stream waits for its turn to send.</summary>
    public bool IsQueued { get; set; }

    /// <summary>A gap that the peer reports below this number belongs to a loss that was answered already.</summary>
    public ulong RecoveryEnd { get; set; }

    /// <summary>Packets that are lost and not sent again yet.</summary>
    public int Lost { get; private set; }

    /// <summary>Packets that are not acknowledged.</summary>
    public ReadOnlySpan<OutboundPacket> Kept => CollectionsMarshal.AsSpan(_kept)[_head..];

    /// <summary>Whether anything can be sent when the window allows.</summary>
    public bool HasWork => Lost > 0 || Batch is { Rest.IsEmpty: false };

    public ulong TakeSequence() => NextSequence++;

    /// <summary>Packs the next events of the batch and keeps them.</summary>
    public OutboundPacket PackNext()
    {
        PendingBatch batch = Batch!;
        int count = EventPacking.CountFitting(batch.Rest, out int bytes);
        if (!spare.TryPop(out OutboundPacket? packet))
            packet = new();
        EventPacking.Write(batch.Rest[..count], packet.Fill(TakeSequence(), bytes, (ushort)count, batch));
        batch.Advance(count);
        batch.Unacknowledged++;
        _kept.Add(packet);
        return packet;
    }

    /// <summary>The oldest lost packet, about to be sent again.</summary>
    public OutboundPacket TakeLost()
    {
        foreach (OutboundPacket packet in Kept)
        {
            if (!packet.IsLost)
                continue;
            packet.IsLost = false;
            Lost--;
            return packet;
        }
        throw new InvalidOperationException("No packet of the stream is lost.");
    }

    /// <summary>Takes a packet for lost; false when it is already.</summary>
    public bool TryMarkLost(OutboundPacket packet)
    {
        if (packet.IsLost)
            return false;
        packet.IsLost = true;
        Lost++;
        return true;
    }

    /// <summary>The kept packet with a number; null when there is none.</summary>
    public OutboundPacket? Find(ulong sequence)
    {
        ReadOnlySpan<OutboundPacket> kept = Kept;
        ulong first = NextSequence - (ulong)kept.Length;
        return sequence >= first && sequence < NextSequence ? kept[(int)(sequence - first)] : null;
    }

    /// <summary>Lets go of the oldest packet, which the peer has.</summary>
    public void Release()
    {
        OutboundPacket packet = _kept[_head];
        _kept[_head++] = null!;
        if (_head >= 64 && _head * 2 >= _kept.Count)
        {
            _kept.RemoveRange(0, _head);
            _head = 0;
        }
        if (packet.IsLost)
            Lost--;
        PendingBatch batch = packet.Batch;
        packet.Clear();
        if (spare.Count < LinkPace.MostPackets)
            spare.Push(packet);
        batch.Unacknowledged--;
        batch.CompleteIfDone();
    }

    /// <summary>The peer knows nothing of the stream any more: what it did not acknowledge is sent to it from number 0 on.</summary>
    public void Restart()
    {
        NextSequence = 0;
        RecoveryEnd = 0;
        foreach (OutboundPacket packet in Kept)
        {
            packet.Sequence = NextSequence++;
            TryMarkLost(packet);
        }
    }

    public void Dispose()
    {
        while (!Kept.IsEmpty)
            Release();
    }
}

/// <summary>A reliable packet until the peer acknowledges it: its plaintext, for every sending is sealed anew (spec 01 §5.2). Used again.</summary>
internal sealed class OutboundPacket
{
    private readonly byte[] _frames = GC.AllocateUninitializedArray<byte>(WireLimits.MaxPayloadBytes);
    private int _length;

    public ulong Sequence { get; set; }

    /// <summary>The plaintext.</summary>
    public ReadOnlySpan<byte> Frames => _frames.AsSpan(0, _length);

    public ushort EventCount { get; private set; }

    public PendingBatch Batch { get; private set; } = null!;

    /// <summary>When it was sent last.</summary>
    public long SentAt { get; set; }

    /// <summary>How often it was sent.</summary>
    public int Sends { get; set; }

    /// <summary>Whether it waits to be sent again.</summary>
    public bool IsLost { get; set; }

    /// <summary>Makes it another packet.</summary>
    /// <returns>Room for its plaintext.</returns>
    public Span<byte> Fill(ulong sequence, int length, ushort eventCount, PendingBatch batch)
    {
        (Sequence, _length, EventCount, Batch) = (sequence, length, eventCount, batch);
        (SentAt, Sends, IsLost) = (0, 0, false);
        return _frames.AsSpan(0, length);
    }

    public void Clear() => Batch = null!;
}
