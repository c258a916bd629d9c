using System.Net;
using Net.Mesh.Crypto;
using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Benchmarks.Transport.Node;

/// <summary>A node with many confirmed sessions that nobody uses. The peers leave nothing behind in this process.</summary>
internal sealed class IdleSessions : IDatagramTransport
{
    public const int Count = 10_000;

    private static readonly byte[] Psk = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly DatagramBatch _inbound = new(16 * 1024);
    private readonly byte[] _answer = new byte[1024];
    private IDatagramReceiver? _node;

    public DatagramAddress LocalAddress { get; } = DatagramAddress.From(new(IPAddress.Loopback, 9));

    public string Description => "no network";

    public DatagramTransportStatistics Statistics => default;

    public void Start(IDatagramReceiver receiver) => _node = receiver;

    public int Send(DatagramBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            if (batch.LengthOf(i) <= _answer.Length)
                batch[i].CopyTo(_answer);
        }
        return batch.Count;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The node, with its sessions.</summary>
    public static async Task<MeshNode> CreateAsync()
    {
        var network = new IdleSessions();
        MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Psk)
            .WithTransport(network)
            .WithHeartbeat(TimeSpan.FromHours(1)) // what leaves meanwhile would be taken for an answer
            .WithSessionTimeout(TimeSpan.FromHours(2))
            .Configure(options => options.HandshakesPerSecond = options.HandshakesPerSecondPerSource = int.MaxValue)
            .BuildAsync();
        for (int i = 0; i < Count; i++)
            network.Connect(node, i);
        return node.Peers.Count == Count ? node : throw new InvalidOperationException($"only {node.Peers.Count} sessions came up.");
    }

    private void Connect(MeshNode node, int number)
    {
        using Identity identity = Identity.Generate();
        var source = DatagramAddress.From(new(new IPAddress([10, 1, (byte)(number >> 8), (byte)number]), 9000));
        Span<byte> prologue = stackalloc byte[HandshakePrologue.Bytes];
        HandshakePrologue.Write(prologue, identity.NodeId.RoutingId, node.NodeId.RoutingId);
        using NoiseHandshake noise = NoiseHandshake.CreateInitiator(Psk, node.PublicKey, prologue);
        Span<byte> datagram = stackalloc byte[1024];
        new RoutingHeader { Ttl = 16, SourceId = identity.NodeId.RoutingId, DestinationId = node.NodeId.Value }.Write(datagram);
        int length = HandshakeMessages.WriteFirst(noise, identity, null, new Continuity(1, 0), datagram[WireLimits.RoutingHeaderBytes..]);
        Deliver(datagram[..(WireLimits.RoutingHeaderBytes + length)], source);

        PacketHeader.TryParse(_answer.AsSpan(WireLimits.RoutingHeaderBytes), out PacketHeader header);
        ReadOnlySpan<byte> message = _answer.AsSpan(WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes, header.PayloadLength);
        if (!noise.TryRead(message, datagram, out _))
            throw new InvalidOperationException("the node's answer does not verify.");
        using SessionKeys keys = noise.Split();
        using var session = new Session(keys, new SessionFacts(true, SecurityLevel.Secure, SecureProfileFlags.None, null, 0));
        int sealedLength = session.Seal(new PacketHeader { Flags = PacketFlags.Heartbeat }, [], datagram);
        Deliver(datagram[..sealedLength], source);
    }

    private void Deliver(ReadOnlySpan<byte> datagram, in DatagramAddress source)
    {
        _inbound.Clear();
        datagram.CopyTo(_inbound.Reserve(datagram.Length));
        _inbound.Commit(datagram.Length, source);
        _node!.OnReceived(_inbound);
    }
}
