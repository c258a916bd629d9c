using Microsoft.Extensions.Logging;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>What streams need every 25 ms: resends, reports of gaps, giving up (spec 01 §12.5). One thread at a time.</summary>
internal sealed class StreamSweep(NodeCore core, SweepList list, EventPlane plane)
{
    private readonly List<(PeerLink Peer, StreamState Stream)> _streams = [];
    private readonly List<int> _resend = [];
    private readonly List<InboundPacket> _ready = [];

    public void Tick(long now)
    {
        _streams.Clear();
        list.CopyTo(_streams);
        if (_streams.Count == 0)
            return;
        using PacketWriter writer = core.Writers.Rent();
        foreach ((PeerLink peer, StreamState stream) in _streams)
        {
            SweepSending(peer, stream, now, writer);
            SweepReceiving(peer, stream, now, writer);
        }
    }

    private void SweepSending(PeerLink peer, StreamState stream, long now, PacketWriter writer)
    {
        bool givesUp;
        lock (stream.Gate)
        {
            _resend.Clear();
            givesUp = stream.Sender.OnTick(now, _resend) == TickOutcome.GiveUp;
            if (!givesUp)
                StreamResender.Resend(writer, peer, stream, _resend);
        }
        if (givesUp)
        {
            StreamReports.WriteDropped(writer, peer, stream);
            if (peer.Streams.Remove(stream, StreamEnd.GaveUp))
                core.Log.StreamFailed(stream.Id, peer.Id, StreamEnd.GaveUp);
            return;
        }
        SendProbe(peer, stream, now, writer);
        stream.ForgetLostCredit(now);
    }

    // A 0.27 receiver answers repeated packets with nothing; a new, empty one makes it acknowledge (01 §12.6). Any receiver tells
    // with it how much credit there is.
    private void SendProbe(PeerLink peer, StreamState stream, long now, PacketWriter writer)
    {
        // While reports may be about an earlier lifetime they are ignored: the probes would be used up for nothing.
        if (peer.Streams.IsAboutAnother(stream, reportedEpoch: 0, peer.IsOrdered, now))
            return;
        lock (stream.SendGate)
        {
            lock (stream.Gate)
            {
                if (peer.Current is not { } session || stream.End != StreamEnd.None)
                    return;
                bool isUnsure = peer.IsReference && stream.Sender.WantsProbe(stream.Sender.ProbesOutstanding());
                // A close has named the last sequence to an ordered peer: nothing may follow it.
                if (!isUnsure && (stream.IsClosing || !stream.Sender.TakeAsk(now)))
                    return;
                stream.Sender.Credit.TryAcquire(WireLimits.PacketOverheadBytes);
                var empty = new PacketContent { Buffer = core.Buffers.Rent(0) };
                ulong sequence = stream.Sender.Take(empty, now);
                writer.Add(peer, session, StreamResender.HeaderOf(peer, stream, sequence, empty), []);
                stream.Sender.SealedThrough(sequence);
            }
        }
    }

    private void SweepReceiving(PeerLink peer, StreamState stream, long now, PacketWriter writer)
    {
        bool cannotGoOn;
        lock (stream.DeliveryGate)
        {
            cannotGoOn = stream.SweepReceive(now, peer.IsOrdered, _ready);
            plane.Deliver(peer, stream, _ready);
        }
        if (cannotGoOn)
        {
            StreamReports.WriteClosed(writer, peer, new(stream.Id, stream.Epoch, StreamClosedStatus.GapGivenUp, stream.Receiver.NextExpected));
            if (peer.Streams.Remove(stream, StreamEnd.Gap))
                core.Log.StreamFailed(stream.Id, peer.Id, StreamEnd.Gap);
            return;
        }
        if (stream.TakeGrantRepeat(now))
            StreamReports.WriteReport(writer, peer, stream);
        else if (stream.TakeNack() is { } nack)
            StreamReports.WriteNack(writer, peer, stream, nack);
    }
}
