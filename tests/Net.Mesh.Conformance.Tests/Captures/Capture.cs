using System.Text.Json;
using Net.Mesh.Crypto;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>A packet of a capture, opened with our own codecs.</summary>
/// <param name="IsFromSubject">Whether the independent peer sent it, and not the original.</param>
/// <param name="Header">Its header.</param>
/// <param name="Events">What it carries.</param>
internal sealed record CapturedPacket(bool IsFromSubject, PacketHeader Header, IReadOnlyList<byte[]> Events);

/// <summary>A node of a capture.</summary>
internal sealed record CapturedNode(string Name, NodeId NodeId, EntityId EntityId, ulong OriginHash, byte[] Seed);

/// <summary>What the original and the independent peer said to each other, from the bytes on the wire.</summary>
internal sealed class Capture
{
    private Capture(JsonElement root)
    {
        Nodes = [.. root.GetProperty("nodes").EnumerateArray().Select(static node => new CapturedNode(
            node.Text("name"), new(node.Hex64("node_id")), new(node.Bytes("entity_id")), node.Hex64("origin_hash"), node.Bytes("seed")))];
        var ciphers = new Dictionary<(ulong Session, bool IsFromSubject), PacketCipher>();
        foreach (JsonElement session in root.GetProperty("sessions").EnumerateArray())
        {
            ulong id = session.Hex64("session");
            ciphers[(id, true)] = new(session.Bytes("tx_key"), id);
            ciphers[(id, false)] = new(session.Bytes("rx_key"), id);
        }
        // What was dropped is no traffic: nothing says which key it belongs to.
        Packets = [.. root.GetProperty("datagrams").EnumerateArray().Where(static datagram => datagram.Has("plaintext")).Select(datagram => Open(datagram, ciphers))];
        foreach (PacketCipher cipher in ciphers.Values)
            cipher.Dispose();
    }

    public IReadOnlyList<CapturedNode> Nodes { get; }

    public IReadOnlyList<CapturedPacket> Packets { get; }

    /// <summary>The scenarios with packets of a subprotocol.</summary>
    public static IEnumerable<string> NamesWith(ushort subprotocol, bool isOnChannel = false) =>
        from path in Directory.GetFiles(VectorFile.PathOf(Path.Combine("live", "captures")), "*.json").Order(StringComparer.Ordinal)
        let name = Path.GetFileNameWithoutExtension(path)
        where Load(name).Packets.Any(packet => packet.Header.SubprotocolId == subprotocol && (!isOnChannel || packet.Header.ChannelHash != 0))
        select name;

    public static Capture Load(string name) => new(VectorFile.Load(Path.Combine("live", "captures", name + ".json")));

    /// <summary>The events of a subprotocol in their order.</summary>
    public IEnumerable<(CapturedPacket Packet, byte[] Event)> Events(ushort subprotocol) =>
        from packet in Packets
        where packet.Header.SubprotocolId == subprotocol
        from bytes in packet.Events
        select (packet, bytes);

    /// <summary>Who sent a packet.</summary>
    public CapturedNode SenderOf(CapturedPacket packet) => Nodes.First(node => node.Name == "subject" == packet.IsFromSubject);

    private static CapturedPacket Open(JsonElement datagram, Dictionary<(ulong, bool), PacketCipher> ciphers)
    {
        ReadOnlySpan<byte> bytes = datagram.Bytes("hex");
        ReadOnlySpan<byte> packet = RoutingHeader.TryParse(bytes, out _) ? bytes[WireLimits.RoutingHeaderBytes..] : bytes;
        Assert.True(PacketHeader.TryParse(packet, out PacketHeader header));
        bool isFromSubject = datagram.Text("direction") == "out";
        Span<byte> aad = stackalloc byte[WireLimits.AadBytes];
        PacketHeader.WriteAad(packet, aad);
        byte[] plaintext = new byte[packet.Length - WireLimits.HeaderBytes - PacketCipher.TagBytes];
        Assert.True(ciphers[(header.SessionId, isFromSubject)].TryOpen(header.NonceCounter, aad, packet[WireLimits.HeaderBytes..], plaintext));
        var events = new List<byte[]>();
        var reader = new EventFrameReader(plaintext, header.EventCount);
        while (reader.TryRead(out ReadOnlySpan<byte> payload))
            events.Add(payload.ToArray());
        Assert.Equal(header.EventCount, events.Count);
        return new(isFromSubject, header, events);
    }
}
