using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Bus;
using Net.Mesh.Crypto;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The mesh adapter's wire (spec 05 §13, 01 §18).</summary>
public sealed class MeshVectors
{
    private const string File = "event-bus.json";

    [Fact, Covers(File, "mesh_packetisation")]
    [Trait("spec", "05 I3")]
    public void Batches_are_cut_into_packets_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "mesh_packetisation"), row =>
    {
        BatchEvent[] events = [.. SizesOf(row.GetProperty("event_sizes")).Select(size => new BatchEvent(new byte[size], 0, 0))];
        var batch = new EventBatch(0, 0, 1, events);
        if (row.Has("note"))
        {
            // The reference sends this one; its peer drops it.
            Assert.Equal(AdapterErrorKind.Serialization, Assert.Throws<AdapterException>(() => EventPacking.ThrowIfTooLarge(batch)).ErrorKind);
            return;
        }
        EventPacking.ThrowIfTooLarge(batch);
        var counts = new List<int>();
        for (ReadOnlySpan<BatchEvent> rest = events; !rest.IsEmpty; rest = rest[counts[^1]..])
        {
            counts.Add(EventPacking.CountFitting(rest, out int bytes));
            EventPacking.Write(rest[..counts[^1]], new byte[bytes]);
            Assert.InRange(bytes, 0, WireLimits.MaxPayloadBytes);
        }
        Assert.Equal(row.GetProperty("packets_event_counts").EnumerateArray().Select(count => count.GetInt32()), counts);
    });

    [Fact, Covers(File, "mesh_packet")]
    public void Packets_are_sealed_opened_and_delivered_as_in_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "mesh_packet"), row =>
    {
        byte[] expected = row.Bytes("packet_hex");
        Assert.Equal(expected, Sealed(row));

        string[] texts = [.. row.GetProperty("events_ascii").EnumerateArray().Select(e => e.GetString()!)];
        using LinkSession session = SessionOf(row, isReceiver: true);
        Assert.True(PacketHeader.TryParse(expected, out PacketHeader header));
        Assert.Null(session.Open(header, expected, default, now: 0));
        ReadOnlyMemory<byte> plaintext = expected.AsMemory(WireLimits.HeaderBytes, header.PayloadLength);
        Assert.Equal(row.Bytes("payload_plain_hex"), plaintext.ToArray());
        foreach (JsonProperty shards in row.GetProperty("receiver_shard_for_num_shards").EnumerateObject())
        {
            var inbox = new LinkInbox(Options(int.Parse(shards.Name, System.Globalization.CultureInfo.InvariantCulture)), Context());
            Assert.Equal(texts.Length, inbox.Deliver(header.StreamId, header.Sequence, plaintext, header.EventCount));
            var events = new List<StoredEvent>();
            inbox.Read((ushort)shards.Value.GetInt32(), null, 100, events);
            Assert.Equal(texts, events.Select(e => e.GetString()));
            // Ours are numbers that never collide (T15); packet and place are those that the reference's id is made of.
            Assert.Equal(row.GetProperty("receiver_event_ids").EnumerateArray().Select(id => id.GetString()),
                events.Select((e, index) => $"{e.InsertionTimestamp}:{index}"));
        }
    });

    [Fact, Covers(File, "mesh_event_id_gt")]
    [Trait("spec", "05 T14")]
    public void What_stands_behind_a_position_is_what_the_reference_does_not_throw_away() => VectorFile.CheckRows(VectorFile.Load(File, "mesh_event_id_gt"), row =>
    {
        if (!TrySplit(row.Text("a"), out (ulong Sequence, int Index) a) || !TrySplit(row.Text("b"), out (ulong Sequence, int Index) b))
        {
            // The reference compares such an id as text; ours are numbers, and anything else is refused as a position.
            Assert.Equal(EventPositionFormat.Opaque, EventPosition.Parse(row.Text("a")).Format);
            return;
        }
        // Packets 0 to 10 of one stream, two events each; the reference's id of an event is packet:place.
        var inbox = new LinkInbox(Options(shards: 1), Context());
        byte[] plaintext = [1, 0, 0, 0, (byte)'0', 1, 0, 0, 0, (byte)'1'];
        for (ulong sequence = 0; sequence <= 10; sequence++)
            inbox.Deliver(0, sequence, plaintext, eventCount: 2);
        var all = new List<StoredEvent>();
        inbox.Read(0, null, 100, all);
        EventPosition after = all.Single(e => (e.InsertionTimestamp, int.Parse(e.GetString(), System.Globalization.CultureInfo.InvariantCulture)) == b).Id;
        Assert.True(after.TryGetNumber(out ulong number));
        var behind = new List<StoredEvent>();
        inbox.Read(0, number, 100, behind);
        Assert.Equal(row.Flag("gt"), behind.Any(e => (e.InsertionTimestamp, int.Parse(e.GetString(), System.Globalization.CultureInfo.InvariantCulture)) == a));
    });

    [Fact]
    public void A_reference_initiator_gets_the_answer_and_the_keys_of_the_reference()
    {
        JsonElement row = VectorFile.Load("wire.json", "handshakes").EnumerateArray().Single(h => h.Text("name") == "single-peer");
        using StaticKeyPair key = StaticKeyPair.FromPrivateKey(row.Bytes("responderStaticPrivate"));
        using NoiseHandshake noise = NoiseHandshake.CreateResponder(row.Bytes("psk"), key, row.Bytes("prologue"), StaticKeyPair.FromPrivateKey(row.Bytes("responderEphemeralPrivate")));
        using Identity identity = Identity.Generate();
        byte[] first = row.Bytes("msg1Datagram");
        Assert.True(PacketHeader.TryParse(first, out PacketHeader header));
        Assert.Equal(PacketFlags.Handshake, header.Flags);

        byte[] answer = new byte[LinkHandshake.MaxDatagramBytes];
        HandshakeOutcome outcome = LinkHandshake.Answer(
            noise, first.AsSpan(WireLimits.HeaderBytes), new(identity, AdmitsReference: true, PeerEntity: null), currentSession: null, answer, out int length, out PeerProof proof);
        Assert.Equal(HandshakeOutcome.Complete, outcome);
        Assert.False(proof.IsSecure);
        Assert.Equal(row.Bytes("msg2Datagram"), answer[..length]);
        using SessionKeys keys = noise.DeriveReferenceKeys();
        Assert.Equal(row.Hex64("sessionId"), keys.SessionId);
        Assert.Equal(row.Bytes("keyInitiatorToResponder"), keys.InitiatorToResponder.ToArray());
        Assert.Equal(row.Bytes("keyResponderToInitiator"), keys.ResponderToInitiator.ToArray());
    }

    /// <summary>The packet as a link sends it: through its sender, for the vector's session and counters.</summary>
    private static byte[] Sealed(JsonElement row)
    {
        using LinkSession session = SessionOf(row, isReceiver: false);
        var sent = new List<byte[]>();
        var counters = new LinkCounters();
        var outbox = new LinkOutbox(new Recorder(sent), counters);
        var sender = new LinkSender(outbox, counters, TimeProvider.System, isReliable: row.Int("flags") == 1);
        for (int i = 0; i < row.Int("tx_counter") - row.Int("sequence"); i++)
        {
            outbox.Reserve(0);
            outbox.Commit(session, new() { Flags = PacketFlags.Heartbeat }); // heartbeats use up counters, and no sequence
        }
        ushort shard = (ushort)row.Int("shard");
        for (int i = 0; i < row.Int("sequence"); i++)
            Send([Encoding.UTF8.GetBytes("0")]);
        Send([.. row.GetProperty("events_ascii").EnumerateArray().Select(e => Encoding.UTF8.GetBytes(e.GetString()!))]);
        return sent[^1];

        void Send(byte[][] events)
        {
            sender.Begin(new EventBatch(shard, 0, 1, events.Select(e => new BatchEvent(e, 0, shard)).ToArray()));
            sender.Pump(session);
            outbox.Flush();
        }
    }

    private static LinkSession SessionOf(JsonElement row, bool isReceiver)
    {
        // Session keys come from a handshake only, so the vector's key stands in for what one gave.
        var keys = new SessionKeys(row.Hex64("session_id"));
        row.Bytes("tx_key").CopyTo(keys.FirstKey);
        return new(keys, isInitiator: !isReceiver, PeerProof.None, default, now: 0);
    }

    private static IEnumerable<int> SizesOf(JsonElement sizes)
    {
        if (sizes.ValueKind == JsonValueKind.Array)
            return sizes.EnumerateArray().Select(size => size.GetInt32());
        int[] parts = [.. sizes.GetString()!.Split('x').Select(part => int.Parse(part, System.Globalization.CultureInfo.InvariantCulture))];
        return Enumerable.Repeat(parts[1], parts[0]); // "200 x 100": so many events of that size
    }

    private static bool TrySplit(string id, out (ulong Sequence, int Index) parts)
    {
        string[] texts = id.Split(':');
        parts = default;
        return texts.Length == 2 && ulong.TryParse(texts[0], out parts.Sequence) && int.TryParse(texts[1], out parts.Index);
    }

    private static MeshLinkOptions Options(int shards)
    {
        MeshLinkOptions options = MeshLinkOptions.Responder(new(System.Net.IPAddress.Loopback, 0), null, new byte[32], null!);
        options.ReceiveShards = shards;
        return options;
    }

    private static AdapterContext Context() => new()
    {
        TimeProvider = TimeProvider.System,
        LoggerFactory = NullLoggerFactory.Instance,
        ShardCount = 4,
        BufferCapacity = 1024,
        AdapterTimeout = TimeSpan.FromSeconds(30),
    };

    private sealed class Recorder(List<byte[]> sent) : IDatagramTransport
    {
        public DatagramAddress LocalAddress => default;

        public string Description => "keeps what is sent";

        public DatagramTransportStatistics Statistics => default;

        public void Start(IDatagramReceiver receiver)
        {
        }

        public int Send(DatagramBatch batch)
        {
            for (int i = 0; i < batch.Count; i++)
                sent.Add(batch[i].ToArray());
            return batch.Count;
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
