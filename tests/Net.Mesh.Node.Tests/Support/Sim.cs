using System.Net;
using System.Text;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests;

/// <summary>Short words for what the tests of the simulated mesh do all the time.</summary>
internal static class Sim
{
    public static readonly StreamOptions Reliable = new() { Reliability = Reliability.Reliable };

    public static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    public static async Task<MeshTestCluster> PairAsync(int seed = 1, LinkProfile? profile = null, Action<MeshNodeOptions>? configure = null)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed, profile, configure is null ? null : (_, builder) => builder.Configure(configure));
        await cluster.ConnectAsync(0, 1);
        return cluster;
    }

    public static Task<MeshTestCluster> OneAsync(Action<MeshNodeOptions>? configure = null, int seed = 1) =>
        MeshTestCluster.StartAsync(1, seed, null, configure is null ? null : (_, builder) => builder.Configure(configure));

    public static void AllowReference(MeshNodeOptions options) => options.PeerAdmission = PeerAdmission.AllowReference;

    public static MeshStream Open(this MeshTestCluster cluster, int from, int to, ulong id, StreamOptions? options = null) =>
        cluster[from].Streams.Open(cluster[to].NodeId, id, options);

    public static long Dropped(this MeshNode node, DropReason reason) => node.Parts.Core.Counters.DroppedFor(reason);

    public static long DroppedInAll(this MeshNode node) => Enum.GetValues<DropReason>().Sum(node.Dropped);

    public static SendStatus Send(this MeshStream stream, string text) => stream.Send(Encoding.UTF8.GetBytes(text));

    public static SendStatus Send(this MeshStream stream, byte[] payload) => stream.TrySendAsync(payload).AsTask().Result;

    /// <summary>What came on streams that nobody reads.</summary>
    public static string[] Texts(this MeshNode node) => [.. node.Receive(1_000_000).Select(received => received.GetString())];

    public static PeerLink Link(this MeshNode node, NodeId peer)
    {
        Assert.True(node.Parts.Core.Peers.TryGet(peer, out PeerLink? link));
        return link!;
    }

    public static StreamState State(this MeshNode node, NodeId peer, ulong stream)
    {
        Assert.True(node.Link(peer).Streams.TryGet(stream, out StreamState? state));
        return state!;
    }

    public static Peer PeerOf(this MeshTestCluster cluster, int at, int other)
    {
        Assert.True(cluster[at].Peers.TryGet(cluster[other].NodeId, out Peer? peer));
        return peer!;
    }

    public static IDatagramTransport Transport(this MeshNode node) => node.Parts.Core.Transport;

    /// <summary>Hands datagrams to a node as its socket would.</summary>
    public static void Feed(this MeshNode node, DatagramAddress source, params byte[][] datagrams)
    {
        var batch = new DatagramBatch(datagrams.Sum(datagram => datagram.Length) + 1, datagrams.Length);
        foreach (byte[] datagram in datagrams)
        {
            datagram.CopyTo(batch.Reserve(datagram.Length));
            batch.Commit(datagram.Length, source);
        }
        node.Parts.Dispatcher.OnReceived(batch);
    }

    /// <summary>The header of a datagram that is no handshake, also behind a routing header.</summary>
    public static bool IsPacket(in TappedDatagram datagram, out PacketHeader header)
    {
        ReadOnlySpan<byte> packet = datagram.Bytes.Length > 18 && datagram.Bytes[0] == 0x52 && datagram.Bytes[1] == 0x54 ? datagram.Bytes[18..] : datagram.Bytes;
        return PacketHeader.TryParse(packet, out header) && (header.Flags & PacketFlags.Handshake) == 0;
    }

    public static bool IsHandshake(in TappedDatagram datagram)
    {
        ReadOnlySpan<byte> packet = datagram.Bytes.Length > 18 && datagram.Bytes[0] == 0x52 && datagram.Bytes[1] == 0x54 ? datagram.Bytes[18..] : datagram.Bytes;
        return PacketHeader.TryParse(packet, out PacketHeader header) && (header.Flags & PacketFlags.Handshake) != 0;
    }

    /// <summary>Lets what waits in the thread pool go on.</summary>
    public static Task TurnAsync()
    {
        var turn = new TaskCompletionSource();
        ThreadPool.UnsafeQueueUserWorkItem(static turn => turn.SetResult(), turn, preferLocal: false);
        return turn.Task;
    }

    public static DatagramAddress AddressOf(string text) => DatagramAddress.From(IPEndPoint.Parse(text));
}

/// <summary>Sees every event of the event plane and claims none, or those of some streams.</summary>
internal sealed class PlaneProbe(Func<ulong, ushort, bool>? claims = null) : IEventPlaneHandler
{
    public List<(ulong Stream, ushort Channel)> Asked { get; } = [];

    public List<(ulong Stream, string Text)> Taken { get; } = [];

    public bool Claims(ulong streamId, ushort channelHash)
    {
        Asked.Add((streamId, channelHash));
        return claims?.Invoke(streamId, channelHash) ?? false;
    }

    public void OnEvent(in PlaneEvent received) => Taken.Add((received.StreamId, Encoding.UTF8.GetString(received.Payload)));
}

/// <summary>Keeps the messages of a subprotocol.</summary>
internal sealed class SubprotocolProbe(ushort id) : ISubprotocolHandler
{
    public ushort SubprotocolId => id;

    public List<byte[]> Messages { get; } = [];

    public List<NodeId> Senders { get; } = [];

    public void OnMessage(in SubprotocolMessage message)
    {
        Messages.Add(message.Payload.ToArray());
        Senders.Add(message.Sender.NodeId);
    }
}
