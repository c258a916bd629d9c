using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport;

/// <summary>UDP with the socket calls that every system has: a datagram a call, without an allocation.</summary>
internal sealed class PortableUdpTransport(UdpSocket socket, string reason, UdpTransportOptions options, ILogger log)
    : UdpSocketTransport(socket, $"portable UDP, one datagram a call, because {reason}", options, log)
{
    private readonly BlockPool<SocketAddress> _destinations = new();

    public override int Send(DatagramBatch batch)
    {
        var tally = default(SendTally);
        SocketAddress destination = _destinations.Rent() ?? new(Socket.AddressFamily);
        for (int i = 0; i < batch.Count; i++)
        {
            if (IsStopping || !SocketAddressBytes.TryWrite(destination.Buffer.Span, batch.AddressOf(i), IsIPv6) || !TrySend(batch[i], destination, ref tally))
                tally.Failed++;
        }
        _destinations.Return(destination);
        Counters.Add(tally);
        return tally.Sent;
    }

    protected override void Unblock() => Socket.Dispose(); // ends the call that is under way

    protected override void ReceiveUntilStopped()
    {
        // One byte more than allowed shows a datagram that is too long.
        int room = MaxDatagramBytes + 1;
        var batch = new DatagramBatch(DatagramBatch.DefaultMaxCount * room);
        var source = new SocketAddress(Socket.AddressFamily);
        while (!IsStopping)
        {
            try
            {
                do
                    ReceiveOne(batch, source, room);
                while (batch.HasRoomFor(room) && Socket.Available > 0);
            }
            catch (SocketException e) when (!IsStopping)
            {
                JudgeReceiveError(e);
            }
            catch (Exception e) when (IsStopping && e is SocketException or ObjectDisposedException)
            {
                return;
            }
            Deliver(batch);
        }
    }

    private void ReceiveOne(DatagramBatch batch, SocketAddress source, int room)
    {
        Counters.AddReceiveCall();
        int length = Socket.ReceiveFrom(batch.Reserve(room), SocketFlags.None, source);
        if (length > MaxDatagramBytes)
            Counters.AddReceiveFailure();
        else
            batch.Commit(length, SocketAddressBytes.Read(source.Buffer.Span, IsIPv6));
    }

    private void JudgeReceiveError(SocketException e)
    {
        switch (e.SocketErrorCode)
        {
            case SocketError.ConnectionReset or SocketError.ConnectionRefused or SocketError.NetworkReset:
                return; // ICMP about something sent earlier (spec 01 §17)
            case SocketError.MessageSize:
                Counters.AddReceiveFailure(); // how Windows reports a datagram that is too long
                return;
            case SocketError.NotSocket or SocketError.OperationAborted:
                throw new MeshException("socket", $"Receiving failed with {e.SocketErrorCode}: the socket was closed by someone else.", e);
            default:
                PauseAfterFailure(e.ErrorCode);
                return;
        }
    }

    private bool TrySend(ReadOnlySpan<byte> datagram, SocketAddress destination, ref SendTally tally)
    {
        for (int attempt = 1; ; attempt++)
        {
            tally.Calls++;
            try
            {
                Socket.SendTo(datagram, SocketFlags.None, destination);
                tally.Sent++;
                tally.Bytes += datagram.Length;
                return true;
            }
            catch (SocketException e) when (attempt == 1 && e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.ConnectionReset)
            {
                // The answer to an earlier datagram, reported on this one.
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return false;
            }
        }
    }
}
