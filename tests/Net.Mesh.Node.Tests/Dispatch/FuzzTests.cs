using System.Diagnostics;
using System.Globalization;
using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Dispatch;

/// <summary>
/// Anything at all into the entry of a live node. NETMESH_FUZZ_SECONDS says for how long, NETMESH_FUZZ_SEED with which chance; the
/// suite's own run takes 15 seconds.
/// </summary>
public sealed class FuzzTests
{
    private const int BatchesPerRound = 40;
    private static readonly ushort[] Subprotocols = [0, 0, 0, 0x0B00, 0x0B01, 0x0B02, 0xF1E0, 0x0A00, 0x0C00, 0xF123, 0xF124, 0x1234];

    [Fact]
    public async Task No_datagram_throws_grows_memory_without_end_or_breaks_the_node()
    {
        double seconds = Number("NETMESH_FUZZ_SECONDS", 15);
        int seed = (int)Number("NETMESH_FUZZ_SEED", 20_261);
        var random = new Random(seed);
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, seed, null, (_, builder) => builder.Configure(options =>
        {
            options.PeerAdmission = PeerAdmission.AllowReference;
            options.MaxQueuedEvents = 2_000;
            options.ReassemblyBytes = options.ReassemblyBytesPerPeer = 1 << 20;
            options.MaxMessageBytes = 1 << 18;
            options.MaxStreamsPerPeer = 64;
            options.MaxPeers = 500;
        }));
        MeshNode node = cluster[0];
        await cluster.ConnectAsync(1, 0);
        cluster[1].Context.Register(new SubprotocolProbe(0xF124));
        node.Context.Register(new SubprotocolSink(0xF123));
        HandPeer[] hands = [new(cluster, 70), new(cluster, 71) { IsSecure = false }];
        foreach (HandPeer hand in hands)
            hand.Connect(node);
        var valid = new List<byte[]>();
        var clock = Stopwatch.StartNew();
        long early = 0;
        int rounds = 0;
        while (clock.Elapsed.TotalSeconds < seconds)
        {
            for (int i = 0; i < BatchesPerRound; i++)
            {
                byte[][] batch = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => Datagram(random, node, cluster[1], hands, valid))];
                node.Feed(random.Next(4) == 0 ? Sim.AddressOf($"198.51.100.{random.Next(256)}:{random.Next(1, 65536)}") : hands[random.Next(2)].Transport.LocalAddress, batch);
            }
            Use(random, node, hands);
            cluster.Run(TimeSpan.FromMilliseconds(random.Next(1, 400)));
            foreach (HandPeer hand in hands)
            {
                hand.Packets.Clear();
                hand.Handshakes.Clear();
                if (!node.Peers.TryGet(hand.Id, out Peer? peer) || peer.SessionId != hand.Session!.Id)
                    Reconnect(cluster, hand, node);
            }
            rounds++;
            Assert.True(node.Dropped(DropReason.HandlerFailed) == 0, $"seed {seed}, round {rounds}: something threw");
            if (early == 0 && clock.Elapsed.TotalSeconds > seconds / 4)
                early = Memory(cluster, valid);
        }
        long late = Memory(cluster, valid);
        Assert.True(late - early < 24 << 20, $"seed {seed}: memory grew from {early} to {late} bytes in {rounds} rounds");
        cluster.Run(Sim.Seconds(30));
        await WorksAsync(cluster);
    }

    // The node as a user sees it: a stream each way, and a newcomer.
    private static async Task WorksAsync(MeshTestCluster cluster)
    {
        cluster[0].Texts();
        cluster[1].Texts();
        MeshStream there = cluster.Open(1, 0, 0x7777_0001, Sim.Reliable);
        MeshStream back = cluster.Open(0, 1, 0x7777_0002, Sim.Reliable);
        there.Send("there");
        back.Send("back");
        cluster.Run(Sim.Seconds(2));
        Assert.Contains("there", cluster[0].Texts());
        Assert.Contains("back", cluster[1].Texts());
        await cluster.AddAsync();
        await cluster.ConnectAsync(2, 0);
    }

    private static byte[] Datagram(Random random, MeshNode node, MeshNode other, HandPeer[] hands, List<byte[]> valid)
    {
        HandPeer hand = hands[random.Next(2)];
        byte[] datagram = random.Next(10) switch
        {
            0 => Noise(random, random.Next(0, 300)),
            1 => Shaped(random),
            2 => hand.FirstMessage(node, out _, payload: random.Next(2) == 0 ? null : _ => Noise(random, random.Next(0, 400))),
            3 => new HandPeerless(hand, random).Handshake(node),
            4 or 5 => Sealed(random, hand),
            6 => Control(random, hand),
            7 => Fragment(random, hand),
            8 when valid.Count > 0 => Mutated(random, valid[random.Next(valid.Count)]),
            _ => hand.Seal(new PacketHeader { Flags = PacketFlags.Heartbeat }),
        };
        if (random.Next(6) == 0 && datagram.Length > 68)
            datagram = HandPeer.Routed(random.Next(3) switch { 0 => node.NodeId.Value, 1 => other.NodeId.Value, _ => (ulong)random.NextInt64() }, hand.Id.RoutingId, datagram, (byte)random.Next(10), (byte)random.Next(256));
        if (valid.Count < 200)
            valid.Add(datagram);
        else
            valid[random.Next(200)] = datagram;
        return random.Next(5) == 0 ? Mutated(random, datagram) : datagram;
    }

    private static byte[] Sealed(Random random, HandPeer hand) => hand.SealPlaintext(
        new PacketHeader
        {
            Flags = (PacketFlags)(random.Next(3) == 0 ? random.Next(16) : random.Next(2)),
            SubprotocolId = Subprotocols[random.Next(Subprotocols.Length)],
            ChannelHash = (ushort)random.Next(3),
            StreamId = StreamId(random),
            Sequence = Small(random),
            SubnetId = random.Next(4) == 0 ? (uint)random.Next() : (uint)random.Next(2),
            EventCount = (ushort)random.Next(random.Next(2) == 0 ? 4 : 2028),
            OriginHash = (ulong)random.Next(),
        },
        random.Next(3) == 0 ? Noise(random, random.Next(0, 8_108)) : Frames(random));

    private static byte[] Control(Random random, HandPeer hand)
    {
        var messages = new byte[random.Next(1, 4)][];
        for (int i = 0; i < messages.Length; i++)
        {
            byte[] message = new byte[random.Next(4) switch { 0 => StreamReset.Bytes, 1 => StreamClose.Bytes, 2 => StreamClosed.Bytes, _ => StreamWindow.Bytes }];
            BitConverter.GetBytes(StreamId(random)).CopyTo(message, 0);
            if (message.Length >= 24)
            {
                BitConverter.GetBytes(Small(random)).CopyTo(message, 8);
                BitConverter.GetBytes(random.Next(2) == 0 ? Small(random) : (ulong)random.NextInt64()).CopyTo(message, 16);
            }
            else if (message.Length > 20)
            {
                message[0] = (byte)random.Next(1, 3);
                BitConverter.GetBytes(StreamId(random)).CopyTo(message, 1);
                BitConverter.GetBytes((uint)random.Next(3)).CopyTo(message, 9);
                message[13] = (byte)random.Next(5);
            }
            messages[i] = message;
        }
        ushort id = messages[0].Length switch { StreamReset.Bytes => SubprotocolId.StreamReset, StreamWindow.Bytes => (ushort)(SubprotocolId.StreamWindow + random.Next(2)), _ => SubprotocolId.StreamLifecycle };
        return hand.Seal(new PacketHeader { SubprotocolId = id, StreamId = WireLimits.ControlStreamId, Sequence = Small(random), SubnetId = (uint)random.Next(2) }, messages);
    }

    private static byte[] Fragment(Random random, HandPeer hand) => hand.Seal(
        new PacketHeader
        {
            Flags = (PacketFlags)random.Next(2),
            SubprotocolId = random.Next(3) == 0 ? (ushort)0xF123 : (ushort)0,
            StreamId = StreamId(random),
            Sequence = Small(random),
            FragmentFlags = (byte)(1 + (random.Next(3) == 0 ? 2 : 0)),
            FragmentId = (ushort)random.Next(20),
            FragmentOffset = (ushort)(random.Next(20) == 0 ? random.Next(65_536) : random.Next(5)),
        },
        Noise(random, random.Next(3) == 0 ? random.Next(0, 8_000) : 1_000));

    private static byte[] Frames(Random random)
    {
        var bytes = new List<byte>();
        for (int i = random.Next(4); i >= 0; i--)
        {
            byte[] payload = Noise(random, random.Next(0, 200));
            bytes.AddRange(BitConverter.GetBytes(random.Next(10) == 0 ? random.Next() : payload.Length));
            bytes.AddRange(payload);
        }
        return [.. bytes];
    }

    private static byte[] Shaped(Random random)
    {
        byte[] bytes = Noise(random, random.Next(4) switch { 0 => 14, 1 => 72, 2 => 86, _ => random.Next(2, 400) });
        (bytes[0], bytes[1]) = random.Next(4) switch { 0 => ((byte)0x50, (byte)0x48), 1 => ((byte)0x52, (byte)0x54), 2 => ((byte)0x45, (byte)0x4E), _ => (bytes[0], bytes[1]) };
        if (bytes.Length == 72)
            bytes[63] = (byte)random.Next(4);
        if (bytes.Length > 3 && random.Next(2) == 0)
            (bytes[2], bytes[3]) = (1, (byte)(random.Next(2) == 0 ? 0x10 : random.Next(256)));
        return bytes;
    }

    private static byte[] Mutated(Random random, byte[] datagram)
    {
        byte[] changed = random.Next(4) switch
        {
            0 when datagram.Length > 1 => datagram[..random.Next(datagram.Length)],
            1 => [.. datagram, .. Noise(random, random.Next(1, 30))],
            _ => (byte[])datagram.Clone(),
        };
        for (int i = random.Next(3); i > 0 && changed.Length > 0; i--)
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
        return changed;
    }

    // A user who works with the node meanwhile.
    private static void Use(Random random, MeshNode node, HandPeer[] hands)
    {
        foreach (HandPeer hand in hands)
        {
            if (!node.Peers.TryGet(hand.Id, out Peer? peer))
                continue;
            ulong id = (ulong)random.Next(1, 20) << 17;
            // A handshake that came with hops has put the peer behind a relay, where one of Net 0.27 takes no reliable stream.
            bool isLimited = peer.IsRelayed && peer.Security == SecurityLevel.Reference;
            var reliability = isLimited ? Reliability.FireAndForget : (Reliability)random.Next(2);
            MeshStream stream = node.Streams.Open(hand.Id, id, new StreamOptions { Reliability = reliability, WindowBytes = random.Next(3) * 20_000, CloseBehavior = CloseBehavior.DropAndClose });
            if (stream.Options.WindowBytes is 0 or > 9_000)
                stream.Send(Noise(random, random.Next(0, 1_000)));
            if (random.Next(3) == 0)
                stream.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
        node.Receive(random.Next(0, 500));
    }

    private static void Reconnect(MeshTestCluster cluster, HandPeer hand, MeshNode node)
    {
        // The flood may have used up the handshakes of this second, or the node's trust in a peer without a block.
        Session? before = hand.Session;
        hand.Dial(node);
        cluster.Time.RunUntil(() => hand.Session != before, Sim.Seconds(1));
        cluster.Run(Sim.Ms(10));
    }

    private static long Memory(MeshTestCluster cluster, List<byte[]> valid)
    {
        cluster.Run(Sim.Seconds(30));
        valid.Clear();
        cluster[0].Receive(int.MaxValue);
        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static ulong StreamId(Random random) => random.Next(5) switch
    {
        0 => (ulong)random.NextInt64(),
        1 => StreamIds.ForChannel((ulong)random.Next(4)),
        2 => WireLimits.ControlStreamId,
        _ => (ulong)random.Next(0, 20) << 17,
    };

    private static ulong Small(Random random) => random.Next(8) == 0 ? (ulong)random.NextInt64() * 2 : (ulong)random.Next(0, 100);

    private static byte[] Noise(Random random, int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static double Number(string variable, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out double value) ? value : otherwise;

    /// <summary>First messages of callers that have the mesh's key and come only once.</summary>
    private sealed class HandPeerless(HandPeer hand, Random random)
    {
        public byte[] Handshake(MeshNode node)
        {
            byte[] message = hand.FirstMessage(node, out Crypto.NoiseHandshake noise, payload: noise => [.. BitConverter.GetBytes(hand.Id.Value), .. Damaged(hand.Block(noise, isInitiator: random.Next(4) > 0))]);
            noise.Dispose();
            return message;
        }

        private byte[] Damaged(byte[] block) => random.Next(2) == 0 ? block : Mutated(random, block);
    }

    private sealed class SubprotocolSink(ushort id) : ISubprotocolHandler
    {
        public ushort SubprotocolId => id;

        public void OnMessage(in SubprotocolMessage message) => _ = message.Payload.Length;
    }
}
