namespace Net.Mesh.Wire.Tests.Vectors;

/// <summary>The sections of mesh.json that are codecs of this floor, byte by byte.</summary>
public sealed class MeshVectors
{
    private const string File = "mesh.json";

    [Fact]
    public void Routing_headers_are_written_and_read_byte_for_byte()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "routing_header", "cases"))
        {
            RoutingHeader header = RouteOf(row);
            byte[] written = new byte[WireLimits.RoutingHeaderBytes];
            header.Write(written);
            Assert.Equal(row.Text("bytes"), Convert.ToHexStringLower(written));
            Assert.True(RoutingHeader.TryParse(written, out RoutingHeader read));
            Assert.Equal(header, read);
        }
        foreach (JsonElement row in VectorFile.Rows(File, "routing_header", "reject"))
            Assert.False(RoutingHeader.TryParse(row.Bytes("bytes"), out _), row.Text("why"));
    }

    [Fact]
    [Trait("spec", "02 T24")]
    public void A_datagram_is_passed_on_with_one_hop_less_to_live_and_a_hop_count_that_does_not_wrap()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "routing_header", "forward"))
        {
            byte[] datagram = new byte[WireLimits.RoutingHeaderBytes];
            var before = new RoutingHeader { Ttl = (byte)row.Number("ttl_in"), HopCount = (byte)row.Number("hop_in"), Reserved = 7, DestinationId = 1 };
            before.Write(datagram);
            bool isForwarded = row.GetProperty("forwarded").GetBoolean();
            Assert.Equal(isForwarded, RoutingHeader.TryForward(datagram));
            Assert.True(RoutingHeader.TryParse(datagram, out RoutingHeader after));
            RoutingHeader expected = isForwarded
                ? before with { Ttl = (byte)row.Number("ttl_out"), HopCount = (byte)row.Number("hop_out") }
                : before;
            Assert.Equal(expected, after);
        }
    }

    [Fact]
    public void Unknown_flags_of_a_routing_header_are_masked_off()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "routing_header", "flags_mask"))
        {
            byte[] datagram = new byte[WireLimits.RoutingHeaderBytes];
            new RoutingHeader { Ttl = 1 }.Write(datagram);
            datagram[4] = (byte)row.Number("wire");
            Assert.True(RoutingHeader.TryParse(datagram, out RoutingHeader header));
            Assert.Equal((RouteFlags)row.Number("decoded"), header.Flags);
            Assert.True(RoutingHeader.TryForward(datagram));
            Assert.Equal((byte)row.Number("decoded"), datagram[4]);
        }
    }

    [Fact]
    public void Handshake_packets_begin_as_the_reference_writes_them()
    {
        JsonElement prefixes = VectorFile.Load(File, "handshake_packet_prefix");
        JsonElement[] nodes = [.. VectorFile.Rows(File, "node_id", "cases")];
        var initiator = new NodeId(nodes.Single(node => node.Text("name") == "seed-0x42-x32").Number("node_id"));
        var responder = new NodeId(nodes.Single(node => node.Text("name").Contains("00", StringComparison.Ordinal)).Number("node_id"));

        Assert.Equal(prefixes.Text("direct_msg1_header"), Convert.ToHexStringLower(Handshake(48)));
        Assert.Equal(prefixes.Text("direct_msg2_header"), Convert.ToHexStringLower(Handshake(48)));
        Assert.Equal(prefixes.Text("routed_msg1_prefix"), Convert.ToHexStringLower([.. Route(initiator, responder), .. Handshake(56)]));
        Assert.Equal(prefixes.Text("routed_msg2_prefix"), Convert.ToHexStringLower([.. Route(responder, initiator), .. Handshake(48)]));
    }

    [Fact]
    public void Pingwaves_are_written_and_read_byte_for_byte()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "pingwave", "cases"))
        {
            byte[] bytes = row.Bytes("bytes");
            Assert.Equal(DatagramShape.Pingwave, DatagramClassifier.Classify(bytes));
            Assert.True(Pingwave.TryParse(bytes, out Pingwave wave));
            Assert.Equal(new(row.Number("node_id")), wave.Origin);
            Assert.Equal(row.Number("seq"), wave.Sequence);
            Assert.Equal(row.Number("ttl"), wave.Ttl);
            Assert.Equal(row.Number("hop"), wave.HopCount);
            Assert.Equal(row.Number("ts"), wave.OriginTimestampMicros);
            Assert.Equal(row.NumberOr0("chash"), wave.CapabilityHash);
            Assert.Equal(row.NumberOr0("cver"), wave.CapabilityVersion);
            Assert.Equal(row.NumberOr0("load"), wave.LoadLevel);
            Assert.Equal(row.NumberOr0("health"), (ulong)wave.Health);
            byte[] written = new byte[WireLimits.PingwaveBytes];
            wave.Write(written);
            Assert.Equal(bytes, written);
        }
    }

    [Fact]
    public void A_pingwave_with_every_field_set_reads_as_what_it_offers()
    {
        JsonElement row = VectorFile.Rows(File, "pingwave", "cases").Single(row => row.Text("name") == "all-fields");
        Assert.True(Pingwave.TryParse(row.Bytes("bytes"), out Pingwave wave));
        Assert.Equal(
            new PrimaryCapabilities { HasGpu = true, ModelSlots = 4, MemoryTier = 5, ToolsBitmap = 0xAA, CustomFlags = 0x12345678 },
            wave.Capabilities);
    }

    [Fact]
    public void A_pingwave_is_passed_on_as_the_reference_does()
    {
        IReadOnlyList<JsonElement> rows = VectorFile.Rows(File, "pingwave", "cases");
        Assert.True(Pingwave.TryParse(rows.Single(row => row.Text("name") == "as-sent-by-0.27.2").Bytes("bytes"), out Pingwave wave));
        byte[] written = new byte[WireLimits.PingwaveBytes];
        wave.Forwarded().Write(written);
        Assert.Equal(rows.Single(row => row.Text("name") == "as-forwarded-once").Bytes("bytes"), written);
        wave.Forwarded().Forwarded().Forwarded().Write(written);
        Assert.Equal(rows.Single(row => row.Text("name") == "as-forwarded-three-times").Bytes("bytes"), written);
    }

    [Fact]
    [Trait("spec", "02 I3")]
    public void What_is_no_pingwave_is_not_taken_for_one()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "pingwave", "reject"))
        {
            byte[] bytes = row.Bytes("bytes");
            // The reference never hears of a node whose id begins like a packet; we do (spec 02 §20, 5), see ClassifierTests.
            if (row.Text("why").Contains("packet magic", StringComparison.Ordinal))
                continue;
            Assert.False(Pingwave.TryParse(bytes, out _), row.Text("why"));
            Assert.NotEqual(DatagramShape.Pingwave, DatagramClassifier.Classify(bytes));
        }
    }

    [Fact]
    public void The_digest_of_capabilities_is_the_reference_s()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "capability_hash", "cases"))
        {
            ulong[] v = [.. row.GetProperty("values").EnumerateArray().Select(value => value.GetUInt64())];
            Assert.Equal(row.Number("hash"), PrimaryCapabilities.Hash(v[0], v[1] != 0, v[2], v[3], v[4], v[5]));
        }
    }

    [Fact]
    public void The_default_manifest_is_the_reference_s()
    {
        JsonElement vectors = VectorFile.Load(File, "subprotocol_manifest");
        SubprotocolRegistry registry = SubprotocolRegistry.CreateDefault();
        Assert.Equal(vectors.Text("default_registry"), Convert.ToHexStringLower(registry.CreateManifest().ToBytes()));
        Assert.Equal(vectors.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()), registry.CapabilityTags);
        Assert.True(SubprotocolManifest.TryParse(vectors.Bytes("default_registry"), out SubprotocolManifest? manifest));
        Assert.Equal(registry.CreateManifest().Entries, manifest.Entries);
        foreach (JsonElement row in vectors.GetProperty("reject").EnumerateArray())
            Assert.False(SubprotocolManifest.TryParse(row.Bytes("bytes"), out _), row.Text("why"));
    }

    private static RoutingHeader RouteOf(JsonElement row) => new()
    {
        Ttl = (byte)row.Number("ttl"),
        HopCount = (byte)row.Number("hop_count"),
        Flags = (RouteFlags)row.Number("flags"),
        SourceId = (uint)row.Number("src_id"),
        DestinationId = row.Number("dest_id"),
    };

    private static byte[] Handshake(ushort noiseLength)
    {
        byte[] header = new byte[WireLimits.HeaderBytes];
        new PacketHeader { Flags = PacketFlags.Handshake, PayloadLength = noiseLength }.Write(header);
        return header;
    }

    private static byte[] Route(NodeId from, NodeId to)
    {
        byte[] header = new byte[WireLimits.RoutingHeaderBytes];
        new RoutingHeader { Ttl = 16, SourceId = from.RoutingId, DestinationId = to.Value }.Write(header);
        return header;
    }
}
