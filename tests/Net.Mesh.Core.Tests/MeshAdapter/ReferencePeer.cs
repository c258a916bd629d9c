using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Core.Tests.MeshAdapter;

/// <summary>
/// The other side as 0.27.2 is (spec 05 §13, 01 §18): empty handshake payloads, keys from the handshake hash, no acknowledgement of
/// anything. Keeps every authentic packet.
/// </summary>
internal sealed class ReferencePeer : IDatagramReceiver, IDisposable
{
    private readonly IDatagramTransport _transport;
    private readonly StaticKeyPair? _key;
    private NoiseHandshake? _initiating;
    private DatagramAddress _peer;
    private PacketCipher? _outbound;
    private PacketCipher? _inbound;
    private ulong _counter;

    public ReferencePeer(SimulatedNetwork network, IPEndPoint address, StaticKeyPair? key = null)
    {
        _key = key;
        _transport = network.Bind(address);
        _transport.Start(this);
    }

    public List<(PacketHeader Header, byte[] Datagram, byte[] Plaintext)> Received { get; } = [];

    public List<byte[]> FirstMessages { get; } = [];

    public ulong SessionId { get; private set; }

    public bool IsConnected => _outbound is not null;

    public IEnumerable<(PacketHeader Header, byte[] Datagram, byte[] Plaintext)> Data => Received.Where(r => r.Header.Flags is PacketFlags.None or PacketFlags.Reliable);

    public void Dial(IPEndPoint to, NoisePublicKey key)
    {
        _peer = DatagramAddress.From(to);
        _initiating = NoiseHandshake.CreateInitiator(LinkWorld.Psk, key, []);
        Span<byte> message = stackalloc byte[48];
        _initiating.BeginWrite(message);
        _initiating.FinishWrite([], message[32..]);
        SendHandshake(message);
    }

    public void SendEvents(ulong stream, ulong sequence, PacketFlags flags, params string[] events)
    {
        byte[] frames = new byte[events.Sum(e => 4 + e.Length)];
        Span<byte> rest = frames;
        foreach (string e in events)
            rest = rest[EventFrames.Write(rest, Encoding.UTF8.GetBytes(e))..];
        Send(new() { Flags = flags, StreamId = stream, Sequence = sequence, EventCount = (ushort)events.Length }, frames);
    }

    public void SendHeartbeat() => Send(new() { Flags = PacketFlags.Heartbeat }, []);

    public void Send(PacketHeader header, byte[] plaintext)
    {
        byte[] packet = new byte[plaintext.Length + WireLimits.PacketOverheadBytes];
        ulong counter = _counter++;
        (header with { SessionId = SessionId, NonceCounter = counter, NoncePrefix = PacketHeader.NoncePrefixOf(SessionId), PayloadLength = (ushort)plaintext.Length }).Write(packet);
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(packet, aad);
        _outbound!.Seal(counter, aad, plaintext, packet.AsSpan(WireLimits.HeaderBytes));
        SendRaw(packet);
    }

    public void OnReceived(DatagramBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            byte[] datagram = batch[i].ToArray();
            Assert.True(PacketHeader.TryParse(datagram, out PacketHeader header));
            if (header.Flags.HasFlag(PacketFlags.Handshake))
                OnHandshake(datagram.AsSpan(WireLimits.HeaderBytes), batch.AddressOf(i));
            else if (header.SessionId == SessionId)
                Open(header, datagram);
        }
    }

    public void Dispose()
    {
        _initiating?.Dispose();
        _outbound?.Dispose();
        _inbound?.Dispose();
    }

    private void OnHandshake(ReadOnlySpan<byte> message, DatagramAddress source)
    {
        byte[] payload = new byte[1024];
        if (_initiating is not null)
        {
            Assert.True(_initiating.TryRead(message, payload, out int length));
            Assert.Equal(0, length); // an answer to a peer that offered nothing offers nothing
            Take(_initiating, isInitiator: true);
            SendHeartbeat();
            return;
        }
        FirstMessages.Add(message.ToArray());
        using NoiseHandshake noise = NoiseHandshake.CreateResponder(LinkWorld.Psk, _key!, []);
        Assert.True(noise.TryRead(message, payload, out _));
        Span<byte> answer = stackalloc byte[48];
        noise.BeginWrite(answer);
        noise.FinishWrite([], answer[32..]);
        _peer = source;
        Take(noise, isInitiator: false);
        SendHandshake(answer);
        SendHeartbeat();
    }

    private void Take(NoiseHandshake noise, bool isInitiator)
    {
        using SessionKeys keys = noise.DeriveReferenceKeys();
        SessionId = keys.SessionId;
        _outbound = new(isInitiator ? keys.InitiatorToResponder : keys.ResponderToInitiator, SessionId);
        _inbound = new(isInitiator ? keys.ResponderToInitiator : keys.InitiatorToResponder, SessionId);
        _counter = 0;
    }

    private void Open(in PacketHeader header, byte[] datagram)
    {
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(datagram, aad);
        byte[] plaintext = new byte[datagram.Length - WireLimits.PacketOverheadBytes];
        Assert.True(_inbound!.TryOpen(header.NonceCounter, aad, datagram.AsSpan(WireLimits.HeaderBytes), plaintext));
        Received.Add((header, datagram, plaintext));
    }

    private void SendHandshake(ReadOnlySpan<byte> message)
    {
        byte[] datagram = new byte[WireLimits.HeaderBytes + message.Length];
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = (ushort)message.Length }.Write(datagram);
        message.CopyTo(datagram.AsSpan(WireLimits.HeaderBytes));
        SendRaw(datagram);
    }

    private void SendRaw(byte[] datagram)
    {
        var batch = new DatagramBatch(datagram.Length);
        datagram.CopyTo(batch.Reserve(datagram.Length));
        batch.Commit(datagram.Length, _peer);
        _transport.Send(batch);
    }
}
