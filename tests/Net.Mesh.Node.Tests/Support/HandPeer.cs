using System.Buffers.Binary;
using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests;

/// <summary>A packet that a hand-made peer opened.</summary>
internal sealed record HandPacket(PacketHeader Header, byte[][] Events, bool IsRouted);

/// <summary>
/// A peer made by hand: it has real keys and a place on the simulated network, and sends exactly what a test says, in either
/// profile. Nothing happens by itself but the confirmation of a session.
/// </summary>
internal sealed class HandPeer : IDatagramReceiver
{
    public const SecureProfileFlags AllFlags = SecureProfileFlags.Rekey | SecureProfileFlags.LargeMessages | SecureProfileFlags.OrderedStreams;
    private const int Prefix = WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes;
    private readonly MeshTestCluster _cluster;
    private NoiseHandshake? _dialling;

    public HandPeer(MeshTestCluster cluster, int seed = 77, IPEndPoint? address = null)
        : this(cluster, Identity.FromSeed([.. Enumerable.Repeat((byte)seed, 32)]), address)
    {
    }

    public HandPeer(MeshTestCluster cluster, Identity identity, IPEndPoint? address = null)
    {
        _cluster = cluster;
        Identity = identity;
        StaticKey = identity.CreateStaticKey();
        Transport = cluster.Network.Bind(address);
        Transport.Start(this);
    }

    public static byte[] Psk { get; } = [.. Enumerable.Repeat((byte)0x42, 32)];

    public Identity Identity { get; }

    public NodeId Id => Identity.NodeId;

    public StaticKeyPair StaticKey { get; }

    public IDatagramTransport Transport { get; }

    public IPEndPoint Address => Transport.LocalAddress.ToIPEndPoint();

    public MeshNode? Target { get; private set; }

    public Session? Session { get; private set; }

    public bool IsSecure { get; set; } = true;

    public SecureProfileFlags Flags { get; set; } = AllFlags;

    /// <summary>Whether a session is confirmed with a heartbeat as soon as it is there.</summary>
    public bool Confirms { get; set; } = true;

    /// <summary>Whether first messages are answered.</summary>
    public bool Answers { get; set; }

    /// <summary>What goes into message 2 instead of a block.</summary>
    public Func<NoiseHandshake, byte[]>? AnswerPayload { get; set; }

    public List<HandPacket> Packets { get; } = [];

    /// <summary>Handshake messages that arrived, without their header.</summary>
    public List<byte[]> Handshakes { get; } = [];

    public IEnumerable<StreamWindow> Grants(ulong stream) => Messages(SubprotocolId.StreamWindow)
        .Select(message => StreamWindow.TryParse(message, out StreamWindow grant) ? grant : default).Where(grant => grant.StreamId == stream);

    public IEnumerable<byte[]> Messages(ushort subprotocol) => Packets.Where(packet => packet.Header.SubprotocolId == subprotocol).SelectMany(packet => packet.Events);

    /// <summary>Connects to a node of the cluster.</summary>
    public void Connect(MeshNode node, ulong? renews = null)
    {
        Dial(node, renews);
        Session? before = Session;
        _cluster.RunUntil(() => Session != before, TimeSpan.FromSeconds(5));
        if (Confirms)
            _cluster.RunUntil(() => node.Peers.TryGet(Id, out Peer? peer) && peer.SessionId == Session!.Id, TimeSpan.FromSeconds(5));
    }

    public void Dial(MeshNode node, ulong? renews = null)
    {
        Target = node;
        byte[] datagram = FirstMessage(node, out NoiseHandshake noise, renews);
        _dialling?.Dispose();
        _dialling = noise;
        SendRaw(datagram);
    }

    /// <summary>A routed message 1, whole.</summary>
    public byte[] FirstMessage(MeshNode node, out NoiseHandshake noise, ulong? renews = null, byte[]? psk = null, NoisePublicKey? key = null, Func<NoiseHandshake, byte[]>? payload = null)
    {
        byte[] prologue = new byte[HandshakePrologue.Bytes];
        HandshakePrologue.Write(prologue, Id.RoutingId, node.NodeId.RoutingId);
        noise = NoiseHandshake.CreateInitiator(psk ?? Psk, key ?? node.PublicKey, prologue);
        byte[] ephemeral = new byte[32];
        noise.BeginWrite(ephemeral);
        byte[] body = payload is null ? [.. BitConverter.GetBytes(Id.Value), .. IsSecure ? Block(noise, isInitiator: true, renews) : []] : payload(noise);
        return Wrap(node.NodeId, ephemeral, noise, body);
    }

    /// <summary>A block of the secure profile, signed by this peer.</summary>
    public byte[] Block(NoiseHandshake noise, bool isInitiator, ulong? renews = null)
    {
        byte[] hash = new byte[32];
        noise.GetHandshakeHash(hash);
        byte[] extension = renews is null ? [] : new byte[SecureBlock.RenewedSessionBytes];
        if (renews is { } session)
            SecureBlock.WriteRenewedSession(extension, session);
        byte[] block = new byte[SecureBlock.FixedBytes + extension.Length];
        SecureBlock.Write(block, Flags, Identity, isInitiator, hash, extension);
        return block;
    }

    public void SendHeartbeat() => SendRaw(Seal(new PacketHeader { Flags = PacketFlags.Heartbeat }));

    public void Send(PacketHeader header, params byte[][] events) => SendRaw(Seal(header, events));

    public byte[] Seal(PacketHeader header, params byte[][] events)
    {
        byte[] plaintext = [.. events.SelectMany(e => (byte[])[.. BitConverter.GetBytes(e.Length), .. e])];
        return SealPlaintext(header with { EventCount = (ushort)events.Length }, plaintext);
    }

    public byte[] SealPlaintext(PacketHeader header, byte[] plaintext)
    {
        byte[] datagram = new byte[plaintext.Length + WireLimits.PacketOverheadBytes];
        Session!.Seal(header, plaintext, datagram);
        return datagram;
    }

    public static byte[] Routed(ulong destination, uint source, byte[] packet, byte ttl = 8, byte hops = 0)
    {
        byte[] datagram = new byte[WireLimits.RoutingHeaderBytes + packet.Length];
        new RoutingHeader { Ttl = ttl, HopCount = hops, SourceId = source, DestinationId = destination }.Write(datagram);
        packet.CopyTo(datagram, WireLimits.RoutingHeaderBytes);
        return datagram;
    }

    public void SendRaw(byte[] datagram) => SendRaw(datagram, Target!.LocalEndPoint);

    public void SendRaw(byte[] datagram, IPEndPoint destination)
    {
        var batch = new DatagramBatch(Math.Max(1, datagram.Length));
        datagram.CopyTo(batch.Reserve(datagram.Length));
        batch.Commit(datagram.Length, DatagramAddress.From(destination));
        Transport.Send(batch);
    }

    public void OnReceived(DatagramBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            bool isRouted = RoutingHeader.TryParse(batch[i], out RoutingHeader route) && route.DestinationId == Id.Value;
            ReadOnlySpan<byte> packet = isRouted ? batch[i][WireLimits.RoutingHeaderBytes..] : batch[i];
            if (!PacketHeader.TryParse(packet, out PacketHeader header))
                continue;
            if ((header.Flags & PacketFlags.Handshake) != 0)
                OnHandshake(packet[WireLimits.HeaderBytes..].ToArray(), route.SourceId, batch.AddressOf(i).ToIPEndPoint());
            else if (Session is not null && header.SessionId == Session.Id)
                OnPacket(packet, header, isRouted);
        }
    }

    private void OnPacket(ReadOnlySpan<byte> packet, in PacketHeader header, bool isRouted)
    {
        byte[] plaintext = new byte[header.PayloadLength];
        if (Session!.TryOpen(packet, header, plaintext) != OpenOutcome.Opened)
            return;
        var events = new List<byte[]>();
        var frames = new EventFrameReader(plaintext, header.EventCount);
        while (frames.TryRead(out ReadOnlySpan<byte> payload))
            events.Add(payload.ToArray());
        Packets.Add(new(header, [.. events], isRouted));
    }

    private void OnHandshake(byte[] message, uint source, IPEndPoint from)
    {
        Handshakes.Add(message);
        byte[] payload = new byte[message.Length];
        if (_dialling is not null && _dialling.TryRead(message, payload, out int length))
        {
            Use(_dialling, isInitiator: true, SecureBlock.HasMagic(payload.AsSpan(0, length)));
            _dialling = null;
            if (Confirms)
                SendHeartbeat();
        }
        else if (Answers)
        {
            Answer(message, source, from);
        }
    }

    private void Answer(byte[] message, uint source, IPEndPoint from)
    {
        byte[] prologue = new byte[HandshakePrologue.Bytes];
        HandshakePrologue.Write(prologue, source, Id.RoutingId);
        using NoiseHandshake noise = NoiseHandshake.CreateResponder(Psk, StaticKey, prologue);
        byte[] payload = new byte[message.Length];
        if (!noise.TryRead(message, payload, out _))
            return;
        byte[] ephemeral = new byte[32];
        noise.BeginWrite(ephemeral);
        byte[] body = AnswerPayload is not null ? AnswerPayload(noise) : IsSecure ? Block(noise, isInitiator: false) : [];
        SendRaw(Wrap(new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(payload)), ephemeral, noise, body), from);
        Use(noise, isInitiator: false, IsSecure);
    }

    private void Use(NoiseHandshake noise, bool isInitiator, bool isSecure)
    {
        using SessionKeys keys = isSecure ? noise.Split() : noise.DeriveReferenceKeys();
        Session = new(keys, new SessionFacts(isInitiator, isSecure ? SecurityLevel.Secure : SecurityLevel.Reference, Flags, null, 0));
    }

    private byte[] Wrap(NodeId destination, byte[] ephemeral, NoiseHandshake noise, byte[] body)
    {
        byte[] datagram = new byte[Prefix + NoiseHandshake.OverheadBytes + body.Length];
        new RoutingHeader { Ttl = 16, SourceId = Id.RoutingId, DestinationId = destination.Value }.Write(datagram);
        ephemeral.CopyTo(datagram, Prefix);
        noise.FinishWrite(body, datagram.AsSpan(Prefix + ephemeral.Length));
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = (ushort)(datagram.Length - Prefix) }.Write(datagram.AsSpan(WireLimits.RoutingHeaderBytes));
        return datagram;
    }
}
