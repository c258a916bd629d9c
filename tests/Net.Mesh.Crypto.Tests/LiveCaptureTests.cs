using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Crypto.Tests;

/// <summary>What a 0.27.2 node really sent: every handshake recomputed, every packet opened and sealed again.</summary>
public sealed class LiveCaptureTests
{
    public static TheoryData<string> Captures()
    {
        string folder = Path.Combine(Requires.Vectors(), "live", "captures");
        return [.. Directory.GetFiles(folder, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)).Order()];
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_handshake_leads_to_the_recorded_keys(string name)
    {
        JsonElement capture = Load(name);
        var found = new Dictionary<ulong, (byte[] Sends, byte[] Receives)>();
        foreach (JsonElement datagram in Handshakes(capture, "out"))
        {
            byte[] ours = datagram.Hex("noise");
            SessionKeys? keys = datagram.Text("kind").EndsWith("msg1", StringComparison.Ordinal)
                ? AsInitiator(capture, ours, out bool isInitiator)
                : AsResponder(capture, ours, out isInitiator);
            if (keys is null)
                continue;
            byte[] first = keys.InitiatorToResponder.ToArray();
            byte[] second = keys.ResponderToInitiator.ToArray();
            found[keys.SessionId] = isInitiator ? (first, second) : (second, first);
            keys.Dispose();
        }
        foreach (JsonElement session in capture.GetProperty("sessions").EnumerateArray())
        {
            (byte[] sends, byte[] receives) = found[session.Id("session")];
            Assert.Equal(session.Hex("tx_key"), sends);
            Assert.Equal(session.Hex("rx_key"), receives);
        }
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void Every_packet_opens_and_seals_to_the_same_bytes(string name)
    {
        JsonElement capture = Load(name);
        var ciphers = new Dictionary<(ulong, string), PacketCipher>();
        foreach (JsonElement session in capture.GetProperty("sessions").EnumerateArray())
        {
            ulong id = session.Id("session");
            ciphers[(id, "out")] = new(session.Hex("tx_key"), id);
            ciphers[(id, "in")] = new(session.Hex("rx_key"), id);
        }
        int opened = 0;
        foreach (JsonElement datagram in capture.GetProperty("datagrams").EnumerateArray().Where(datagram => datagram.Has("plaintext")))
        {
            var packet = new RawPacket(datagram.Hex("hex"));
            PacketCipher cipher = ciphers[(packet.SessionId, datagram.Text("direction"))];
            byte[] plaintext = datagram.Hex("plaintext");
            Assert.Equal(plaintext, packet.Open(cipher));
            Assert.Equal(cipher.NoncePrefix, packet.WirePrefix);
            byte[] body = new byte[plaintext.Length + PacketCipher.TagBytes];
            cipher.Seal(packet.Counter, packet.Aad, plaintext, body);
            Assert.Equal(packet.Body, body);
            opened++;
        }
        Assert.True(opened > 0, "the capture holds no packet");
        foreach (PacketCipher cipher in ciphers.Values)
            cipher.Dispose();
    }

    [Theory]
    [MemberData(nameof(Captures))]
    public void No_counter_of_a_direction_is_ever_used_for_two_packets(string name)
    {
        JsonElement capture = Load(name);
        var windows = new Dictionary<(ulong, string), ReplayWindow>();
        foreach (JsonElement datagram in capture.GetProperty("datagrams").EnumerateArray().Where(datagram => datagram.Has("plaintext")))
        {
            var packet = new RawPacket(datagram.Hex("hex"));
            (ulong, string) direction = (packet.SessionId, datagram.Text("direction"));
            if (!windows.TryGetValue(direction, out ReplayWindow? window))
                windows[direction] = window = new();
            Assert.True(window.TryAccept(packet.Counter));
        }
    }

    private static SessionKeys? AsInitiator(JsonElement capture, byte[] message1, out bool isInitiator)
    {
        isInitiator = true;
        JsonElement me = Me(capture);
        byte[] payload = message1.Length > NoiseHandshake.OverheadBytes ? BitConverter.GetBytes(me.Id("node_id")) : [];
        foreach (JsonElement node in Others(capture))
        {
            using NoiseHandshake handshake = NoiseHandshake.CreateInitiator(
                capture.Hex("psk"), new(node.Hex("public_key")), Run.Prologue(me.Id("node_id"), node.Id("node_id")), EphemeralOf(capture, message1));
            if (!Run.Write(handshake, payload).SequenceEqual(message1))
                continue;
            // Messages of other handshakes are among these; they must not disturb this one.
            bool isAnswered = Handshakes(capture, "in").Any(answer => Run.Read(handshake, answer.Hex("noise")) is not null);
            return isAnswered ? handshake.DeriveReferenceKeys() : null;
        }
        Assert.Fail("no node of the capture was the one that was dialled");
        return null;
    }

    private static SessionKeys AsResponder(JsonElement capture, byte[] message2, out bool isInitiator)
    {
        isInitiator = false;
        JsonElement me = Me(capture);
        using StaticKeyPair key = StaticKeyPair.FromPrivateKey(capture.GetProperty("subject").Hex("static_private"));
        foreach (JsonElement node in Others(capture))
        {
            foreach (JsonElement offer in Handshakes(capture, "in"))
            {
                using NoiseHandshake handshake = NoiseHandshake.CreateResponder(
                    capture.Hex("psk"), key, Run.Prologue(node.Id("node_id"), me.Id("node_id")), EphemeralOf(capture, message2));
                if (Run.Read(handshake, offer.Hex("noise")) is { } payload && Run.Write(handshake, []).SequenceEqual(message2))
                {
                    Assert.True(payload.Length == 0 || BitConverter.ToUInt64(payload) == node.Id("node_id"));
                    return handshake.DeriveReferenceKeys();
                }
            }
        }
        Assert.Fail("no message 1 of the capture leads to this message 2");
        throw new InvalidOperationException();
    }

    private static StaticKeyPair EphemeralOf(JsonElement capture, byte[] message)
    {
        foreach (JsonElement ephemeral in capture.GetProperty("subject").GetProperty("ephemerals").EnumerateArray())
        {
            StaticKeyPair pair = StaticKeyPair.FromPrivateKey(Convert.FromHexString(ephemeral.GetString()!));
            if (pair.PublicKey.AsSpan().SequenceEqual(message.AsSpan(0, NoiseHandshake.EphemeralBytes)))
                return pair;
            pair.Dispose();
        }
        throw new InvalidOperationException("no ephemeral of the capture begins this message");
    }

    private static IEnumerable<JsonElement> Handshakes(JsonElement capture, string direction) =>
        capture.GetProperty("datagrams").EnumerateArray().Where(datagram => datagram.Has("noise") && datagram.Text("direction") == direction);

    private static JsonElement Me(JsonElement capture)
    {
        using StaticKeyPair key = StaticKeyPair.FromPrivateKey(capture.GetProperty("subject").Hex("static_private"));
        string own = key.PublicKey.ToString();
        return capture.GetProperty("nodes").EnumerateArray().Single(node => node.Text("public_key") == own);
    }

    private static IEnumerable<JsonElement> Others(JsonElement capture)
    {
        ulong own = Me(capture).Id("node_id");
        return capture.GetProperty("nodes").EnumerateArray().Where(node => node.Id("node_id") != own);
    }

    private static JsonElement Load(string name) => Vectors.File(Path.Combine("live", "captures", name + ".json"));
}
