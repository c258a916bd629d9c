namespace Net.Mesh.Node;

/// <summary>
/// Something that plugs into a node: streams and channels as much as a vendor's protocol. It touches the node only through the
/// context it is given.
/// </summary>
public interface IMeshFeature
{
    /// <summary>Begins to work. Handlers are registered here.</summary>
    ValueTask AttachAsync(MeshContext context, CancellationToken cancellationToken);

    /// <summary>Stops working; the node is about to leave, and peers can still be reached.</summary>
    ValueTask DetachAsync();
}

/// <summary>Takes the messages of one subprotocol.</summary>
public interface ISubprotocolHandler
{
    /// <summary>The subprotocol's id. Vendors choose from 0x1200 to 0xEFFF; 0xF000 and above is for experiments.</summary>
    ushort SubprotocolId { get; }

    /// <summary>
    /// Takes a message. Called on the thread that receives, one message at a time: must be quick, must not block, and keeps
    /// nothing of <see cref="SubprotocolMessage.Payload"/>. What it throws is logged and counted.
    /// </summary>
    void OnMessage(in SubprotocolMessage message);
}

/// <summary>A decrypted message of a subprotocol, with its authenticated sender.</summary>
public readonly ref struct SubprotocolMessage
{
    /// <summary>Creates a message; for tests of handlers.</summary>
    public SubprotocolMessage(Peer sender, ReadOnlySpan<byte> payload, ulong streamId = 0, ulong sequence = 0, bool isDirect = true)
    {
        Sender = sender;
        Payload = payload;
        StreamId = streamId;
        Sequence = sequence;
        IsDirect = isDirect;
    }

    /// <summary>Who sent it.</summary>
    public Peer Sender { get; }

    /// <summary>The message; valid during the call only.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The stream id it rode on; usually the subprotocol's id.</summary>
    public ulong StreamId { get; }

    /// <summary>The packet's sequence on that stream.</summary>
    public ulong Sequence { get; }

    /// <summary>Whether the packet came straight from the sender's address, not through a relay.</summary>
    public bool IsDirect { get; }
}

/// <summary>Takes events of the event plane before they go to streams and queues: for channels and requests.</summary>
public interface IEventPlaneHandler
{
    /// <summary>Whether events on this stream id are this handler's.</summary>
    bool Claims(ulong streamId, ushort channelHash);

    /// <summary>Takes an event; under the same rules as <see cref="ISubprotocolHandler.OnMessage"/>.</summary>
    void OnEvent(in PlaneEvent received);
}

/// <summary>An event of the event plane.</summary>
public readonly ref struct PlaneEvent
{
    internal PlaneEvent(Peer sender, ReadOnlySpan<byte> payload, ulong streamId, ulong sequence, int index, ushort channelHash, OriginHash origin)
    {
        Sender = sender;
        Payload = payload;
        StreamId = streamId;
        Sequence = sequence;
        Index = index;
        ChannelHash = channelHash;
        Origin = origin;
    }

    /// <summary>Who sent it.</summary>
    public Peer Sender { get; }

    /// <summary>The event; valid during the call only.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>The stream it came on.</summary>
    public ulong StreamId { get; }

    /// <summary>The sequence of its packet on that stream.</summary>
    public ulong Sequence { get; }

    /// <summary>Its place in the packet.</summary>
    public int Index { get; }

    /// <summary>The low 16 bits of a channel's hash. Peers of Net 0.27 leave stale values here (spec 02 T25): never trust it alone.</summary>
    public ushort ChannelHash { get; }

    /// <summary>The publisher's hash, when the packet carries one.</summary>
    public OriginHash Origin { get; }
}
