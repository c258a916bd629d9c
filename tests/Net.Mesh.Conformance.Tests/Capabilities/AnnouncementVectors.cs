using System.Buffers;
using System.Net;
using System.Text;
using System.Text.Json;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Announcements byte for byte: what is signed, what travels, what a forwarder makes of it (spec 04 §6, §9.1).</summary>
public sealed class AnnouncementVectors
{
    [Fact, Covers(TagVectors.File, "identity")]
    public void The_ids_derive_from_the_key()
    {
        JsonElement row = VectorFile.Load(TagVectors.File, "identity");
        using Identity identity = Signer();
        Assert.Equal(row.Text("entity_id_hex"), identity.EntityId.ToString());
        Assert.Equal(row.UInt64("node_id"), identity.NodeId.Value);
        Assert.Equal(row.UInt64("origin_hash"), identity.OriginHash.Value);
    }

    [Fact, Covers(TagVectors.File, "announcements")]
    [Trait("spec", "04 T1")]
    [Trait("spec", "04 T5")]
    public void An_announcement_is_signed_and_written_as_the_reference_does() => Check(row =>
    {
        using Identity identity = Signer();
        CapabilityAnnouncement unsigned = Announcement(row.GetProperty("fields"));
        Assert.Equal(row.Text("wire_unsigned_utf8"), Encoding.UTF8.GetString(unsigned.ToBytes()));
        CapabilityAnnouncement signed = unsigned.Sign(identity);
        Assert.Equal(row.Text("signature_hex"), Convert.ToHexStringLower(signed.Signature.Span));
        var payload = new ArrayBufferWriter<byte>();
        AnnouncementJson.WriteSigned(payload, signed);
        Assert.Equal(row.Bytes("signed_payload_hex"), payload.WrittenSpan);
        foreach (JsonElement wire in row.GetProperty("wire").EnumerateArray())
            Assert.Equal(wire.Bytes("hex"), (signed with { HopCount = (byte)wire.Int("hop_count") }).ToBytes());
    });

    [Fact, Covers(TagVectors.File, "announcements")]
    public void What_travels_is_read_back_and_verifies_at_every_hop() => Check(row =>
    {
        foreach (JsonElement wire in row.GetProperty("wire").EnumerateArray())
        {
            Assert.True(CapabilityAnnouncement.TryFromBytes(wire.Bytes("hex"), out CapabilityAnnouncement? read));
            Assert.Equal(Announcement(row.GetProperty("fields")) with { Signature = row.Bytes("signature_hex"), HopCount = (byte)wire.Int("hop_count") }, read);
            Assert.True(read.Verify());
            Assert.True(read.HasOwnNodeId());
        }
    });

    [Fact, Covers(TagVectors.File, "announcements")]
    [Trait("spec", "04 T9")]
    public void A_forwarder_that_splices_the_hop_count_writes_the_bytes_of_one_that_writes_anew() => Check(row =>
    {
        byte[] bytes = row.GetProperty("wire")[0].Bytes("hex");
        for (int hop = 1; hop <= 3; hop++)
        {
            Assert.True(CapabilityAnnouncement.TryFromBytes(bytes, out CapabilityAnnouncement? read));
            Assert.True(read.TryToForwardedBytes(out byte[]? next));
            bytes = next;
        }
        Assert.Equal(row.GetProperty("wire").EnumerateArray().Single(w => w.Int("hop_count") == 3).Bytes("hex"), bytes);
    });

    [Fact, Covers(TagVectors.File, "announcement_edge_cases")]
    public void Odd_documents_have_the_outcome_of_the_reference() => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "announcement_edge_cases"), row =>
    {
        string outcome = row.Text("outcome");
        bool isRead = CapabilityAnnouncement.TryFromBytes(row.Utf8("utf8"), out CapabilityAnnouncement? read);
        Assert.Equal(!outcome.StartsWith("decode failure", StringComparison.Ordinal), isRead);
        if (isRead)
            Assert.Equal(outcome.Contains("verifies", StringComparison.Ordinal), read!.Verify());
    });

    [Fact, Covers(TagVectors.File, "metadata_strip")]
    public void A_receiver_drops_the_metadata_that_only_the_node_itself_may_act_on()
    {
        JsonElement row = VectorFile.Load(TagVectors.File, "metadata_strip");
        using Identity identity = Signer();
        CapabilitySet set = new CapabilitySet().WithMetadata(Metadata(row.GetProperty("in")));
        CapabilityAnnouncement signed = CapabilityAnnouncement.Create(identity, 1, set, CapabilityAnnouncement.DefaultTtl, TimeProvider.System).Sign(identity);
        CapabilityAnnouncement stripped = signed.StripReservedMetadata();
        Assert.Equal(Metadata(row.GetProperty("out")), stripped.Capabilities.Metadata);
        Assert.False(stripped.Verify());
    }

    private static void Check(Action<JsonElement> check) => VectorFile.CheckRows(VectorFile.Load(TagVectors.File, "announcements"), check);

    private static Identity Signer() => Identity.FromSeed(VectorFile.Load(TagVectors.File, "identity").Bytes("ed25519_seed_hex"));

    private static CapabilityMetadata Metadata(JsonElement entries) =>
        CapabilityMetadata.From(entries.EnumerateObject().Select(e => KeyValuePair.Create(e.Name, e.Value.GetString()!)));

    private static CapabilityAnnouncement Announcement(JsonElement fields) => new()
    {
        NodeId = new(fields.UInt64("node_id")),
        EntityId = EntityId.Parse(fields.Text("entity_id_hex")),
        Version = fields.UInt64("version"),
        TimestampNs = fields.UInt64("timestamp_ns"),
        TtlSeconds = fields.GetProperty("ttl_secs").GetUInt32(),
        Capabilities = CapabilitySet.FromTags(SetVectors.Texts(fields.GetProperty("tags_input_order"))).WithMetadata(Metadata(fields.GetProperty("metadata"))),
        ReflexAddress = fields.TextOrNull("reflex_addr") is { } reflex ? IPEndPoint.Parse(reflex) : null,
        AllowedNodes = [.. fields.GetProperty("allowed_nodes").EnumerateArray().Select(n => new NodeId(n.ValueKind == JsonValueKind.String ? ulong.Parse(n.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : n.GetUInt64()))],
        AllowedSubnets = [.. SetVectors.Texts(fields.GetProperty("allowed_subnets_hex")).Select(h => new CapabilitySubnetId(Convert.FromHexString(h)))],
        AllowedGroups = [.. SetVectors.Texts(fields.GetProperty("allowed_groups_hex")).Select(h => new CapabilityGroupId(Convert.FromHexString(h)))],
    };
}
