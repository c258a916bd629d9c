using Net.Mesh.Node;
using Net.Mesh.Sessions;

namespace Net.Mesh.Rpc.Transport;

/// <summary>
/// The stream of a channel to a peer, opened again when it has ended. Between our own nodes it is reliable and ordered. A node of Net
/// 0.27 neither repeats its packets nor gets over one that it missed (spec 07 §2.7): towards it packets ask for no acknowledgement,
/// so that a loss costs one call and not all that follow.
/// </summary>
internal sealed class StreamOutboxPort(MeshContext context, NodeId peer, ulong streamId, StreamLabel label, int windowBytes) : IOutboxPort
{
    private StreamPort? _port;
    private int _lifetime;

    public int Lifetime => Volatile.Read(ref _lifetime);

    public bool IsOpen => Volatile.Read(ref _port) is { IsOpen: true };

    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        try
        {
            if (Open() is not { } port)
                return ValueTask.CompletedTask;
            ValueTask<SendStatus> sending = port.SendAsync(events);
            return sending.IsCompletedSuccessfully ? ValueTask.CompletedTask : WaitAsync(sending);
        }
        catch (MeshException)
        {
            return ValueTask.CompletedTask; // the peer is gone, or cannot take it: its calls end with the peer, or with their time
        }
    }

    private static async ValueTask WaitAsync(ValueTask<SendStatus> sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
        }
        catch (MeshException)
        {
            // As above.
        }
    }

    private StreamPort? Open()
    {
        if (_port is { IsOpen: true } port)
            return port;
        if (!context.TryGetPeer(peer, out Peer? known))
            return null;
        bool isReference = known.Security == SecurityLevel.Reference;
        port = context.OpenStream(
            peer,
            streamId,
            isReference ? StreamOptions.Default : new StreamOptions { Reliability = Reliability.Reliable, WindowBytes = windowBytes },
            label);
        port.IsHeld = true;
        Volatile.Write(ref _port, port);
        Interlocked.Increment(ref _lifetime);
        return port;
    }
}
