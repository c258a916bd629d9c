using System.Text.Json;
using Net.Mesh.Channels;
using Net.Mesh.Crypto;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Names, hashes, membership messages and the packets that carry them (spec 03 §3, §4, §5.4).</summary>
public sealed class ChannelVectors
{
    private const string File = "identity-channels.json";

    [Fact, Covers(File, "channel_names")]
    public void Names_are_accepted_and_refused_as_in_the_reference()
    {
        JsonElement names = VectorFile.Load(File, "channel_names");
        VectorFile.CheckRows(names.GetProperty("valid"), row =>
        {
            Assert.True(ChannelName.TryCreate(row.GetString(), out ChannelName name, out ChannelNameError error), error.ToString());
            Assert.Equal(row.GetString(), name.ToString());
            Assert.Equal(row.GetString()!.Split('/').Length, name.Depth);
        });
        VectorFile.CheckRows(names.GetProperty("invalid"), row =>
        {
            Assert.False(ChannelName.TryCreate(row.Text("name"), out _, out ChannelNameError error));
            Assert.Equal(row.Text("error"), error.ToString());
            Assert.Equal("invalid-name", Assert.Throws<ChannelException>(() => ChannelName.Create(row.Text("name"))).Kind);
        });
    }

    [Fact, Covers(File, "channel_hashes")]
    [Trait("spec", "03 T11")]
    public void Hashes_of_every_length_of_name_fill_64_bits() => VectorFile.CheckRows(VectorFile.Load(File, "channel_hashes"), row =>
    {
        var id = new ChannelId(row.Text("name"));
        Assert.Equal(row.Hex64("canonical"), id.Hash.Value);
        Assert.Equal(row.Hex64("wire_u16"), id.WireHash);
        Assert.Equal(row.Hex64("publish_stream_id"), id.StreamId);
        Assert.Equal((ulong)row.Int("shard_of_4"), id.StreamId % 4);
    });

    [Fact, Covers(File, "wire_collision")]
    public void Two_names_with_one_wire_hash_are_told_apart()
    {
        JsonElement row = VectorFile.Load(File, "wire_collision");
        ChannelName a = row.Text("a");
        ChannelName b = row.Text("b");
        Assert.Equal((row.Hex64("canonical_a"), row.Hex64("canonical_b")), (a.Hash.Value, b.Hash.Value));
        ushort wire = (ushort)row.Hex64("wire_u16");
        Assert.Equal((wire, wire), (a.WireHash, b.WireHash));

        var names = new ChannelRegistry();
        Assert.False(names.Register(a).HasCollision);
        Assert.False(names.Register(b).HasCollision);
        Assert.Equal([a, b], names.GetAllByWireHash(wire));

        var configs = new ChannelConfigRegistry();
        configs.Insert(new(a));
        Assert.True(configs.TryGetByWireHash(wire, out _));
        configs.Insert(new(b));
        Assert.False(configs.TryGetByWireHash(wire, out _));
        Assert.True(configs.TryGet(b.Hash, out ChannelConfig? config));
        Assert.Equal(b, config.Name);
    }

    [Fact, Covers(File, "channel_prefix")]
    public void A_name_lies_under_another_at_a_slash_only() => VectorFile.CheckRows(VectorFile.Load(File, "channel_prefix"), row =>
        Assert.Equal(row.Flag("is_prefix"), ChannelName.Create(row.Text("prefix")).IsPrefixOf(row.Text("name"))));

    [Fact, Covers(File, "membership")]
    public void Membership_messages_are_written_and_read_byte_for_byte() => VectorFile.CheckRows(VectorFile.Load(File, "membership"), row =>
    {
        JsonElement fields = row.GetProperty("fields");
        Assert.Equal(row.Text("bytes"), Convert.ToHexStringLower(MembershipCodec.Encode(MessageOf(fields))));
        Assert.True(MembershipCodec.TryDecode(row.Bytes("bytes"), out MembershipMessage? read, out _));
        CheckFields(fields, read);
    });

    [Fact, Covers(File, "membership_decode_only")]
    public void Older_and_odder_forms_are_read_too() => VectorFile.CheckRows(VectorFile.Load(File, "membership_decode_only"), row =>
    {
        Assert.True(MembershipCodec.TryDecode(row.Bytes("bytes"), out MembershipMessage? read, out _));
        CheckFields(row.GetProperty("expected"), read);
    });

    [Fact, Covers(File, "membership_decode_invalid")]
    [Trait("spec", "03 I1")]
    public void What_is_no_membership_message_is_refused_with_the_reason() => VectorFile.CheckRows(VectorFile.Load(File, "membership_decode_invalid"), row =>
    {
        Assert.False(MembershipCodec.TryDecode(row.Bytes("bytes"), out MembershipMessage? read, out MembershipError error));
        Assert.Null(read);
        Assert.Equal(row.Text("error"), error.ToString());
    });

    [Fact, Covers(File, "packets")]
    public void Packets_of_membership_and_publishes_are_those_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(File, "packets"), row =>
    {
        byte[][] events = [.. row.GetProperty("events").EnumerateArray().Select(e => Convert.FromHexString(e.GetString()!))];
        byte[] plaintext = new byte[events.Sum(e => EventFrames.SizeOf(e.Length))];
        int written = 0;
        foreach (byte[] e in events)
            written += EventFrames.Write(plaintext.AsSpan(written), e);
        Assert.Equal(row.Bytes("plaintext"), plaintext);

        ulong session = row.Hex64("session_id");
        ulong origin = row.Hex64("origin_hash");
        var header = new PacketHeader
        {
            Flags = (PacketFlags)row.Int("flags"),
            SubprotocolId = (ushort)row.Hex64("subprotocol_id"),
            ChannelHash = row.Has("channel") ? ChannelName.Create(row.Text("channel")).WireHash : (ushort)0,
            NoncePrefix = PacketHeader.NoncePrefixOf(session),
            NonceCounter = row.UInt64("counter"),
            SessionId = session,
            StreamId = row.Has("channel") ? new ChannelId(row.Text("channel")).StreamId : StreamIds.ForSubprotocol(SubprotocolId.ChannelMembership),
            Sequence = row.UInt64("sequence"),
            OriginHash = origin,
            PayloadLength = (ushort)plaintext.Length,
            EventCount = (ushort)events.Length,
        };
        byte[] packet = new byte[WireLimits.HeaderBytes + plaintext.Length + PacketCipher.TagBytes];
        header.Write(packet);
        Assert.Equal(row.Bytes("header"), packet[..WireLimits.HeaderBytes]);
        byte[] aad = new byte[row.Bytes("aad").Length];
        PacketHeader.WriteAad(packet, aad);
        Assert.Equal(row.Bytes("aad"), aad);
        using var cipher = new PacketCipher(row.Bytes("tx_key"), session);
        cipher.Seal(header.NonceCounter, aad, plaintext, packet.AsSpan(WireLimits.HeaderBytes));
        Assert.Equal(row.Bytes("packet"), packet);
        if (row.Has("publisher"))
            Assert.Equal(VectorFile.Load(File, "identities").EnumerateArray().Single(id => id.Text("name") == row.Text("publisher")).Hex64("origin_hash"), origin);
    });

    private static MembershipMessage MessageOf(JsonElement fields)
    {
        ulong nonce = fields.Hex64("nonce");
        return fields.Text("type") switch
        {
            "Subscribe" => MembershipMessage.Subscribe(nonce, fields.Text("channel"), TokenOf(fields), fields.TextOrNull("queue_group")),
            "Unsubscribe" => MembershipMessage.Unsubscribe(nonce, fields.Text("channel")),
            _ => MembershipMessage.Ack(nonce, fields.Flag("accepted"), ReasonOf(fields)),
        };
    }

    private static void CheckFields(JsonElement fields, MembershipMessage message)
    {
        Assert.Equal(fields.Text("type"), message.Kind.ToString());
        Assert.Equal(fields.Hex64("nonce"), message.Nonce);
        Assert.Equal(fields.Has("channel") ? fields.Text("channel") : "", message.Channel.ToString());
        Assert.Equal(TokenOf(fields), message.Token.ToArray());
        Assert.Equal(fields.Has("queue_group") ? fields.TextOrNull("queue_group") : null, message.QueueGroup);
        Assert.Equal(fields.Has("accepted") && fields.Flag("accepted"), message.IsAccepted);
        Assert.Equal(ReasonOf(fields), message.Reason);
    }

    private static byte[] TokenOf(JsonElement fields) =>
        fields.Has("token") && fields.TextOrNull("token") is { } hex ? Convert.FromHexString(hex) : [];

    private static AckReason? ReasonOf(JsonElement fields) =>
        fields.Has("reason") && fields.TextOrNull("reason") is { } reason ? Enum.Parse<AckReason>(reason) : null;
}
