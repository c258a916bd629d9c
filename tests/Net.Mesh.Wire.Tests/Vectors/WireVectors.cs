namespace Net.Mesh.Wire.Tests.Vectors;

/// <summary>The static sections of wire.json, byte by byte.</summary>
public sealed class WireVectors
{
    private const string File = "wire.json";

    [Fact]
    public void Constants_are_those_of_the_reference()
    {
        JsonElement constants = VectorFile.Load(File, "constants");
        (string Name, long Value)[] ours =
        [
            ("netMagic", WireLimits.PacketMagic), ("version", WireLimits.PacketVersion), ("headerSize", WireLimits.HeaderBytes),
            ("tagSize", WireLimits.TagBytes), ("nonceSize", WireLimits.NonceBytes), ("aadSize", WireLimits.AadBytes),
            ("maxPacketSize", WireLimits.MaxDatagramBytes), ("maxPayloadSize", WireLimits.MaxPayloadBytes),
            ("maxEventsPerPacket", WireLimits.MaxEventsPerPacket), ("routingHeaderSize", WireLimits.RoutingHeaderBytes),
            ("perPacketCreditOverhead", WireLimits.PacketOverheadBytes),
        ];
        Assert.All(ours, constant => Assert.Equal((ulong)constant.Value, constants.Number(constant.Name)));
        Assert.Equal(WireLimits.ControlStreamId, constants.Number("controlStreamId"));
    }

    [Fact]
    public void Headers_are_written_and_read_byte_for_byte_and_so_is_their_associated_data()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "headers"))
        {
            PacketHeader header = HeaderOf(row.GetProperty("fields"));
            byte[] written = new byte[WireLimits.HeaderBytes];
            header.Write(written);
            Assert.Equal(row.Text("header"), Convert.ToHexStringLower(written));

            Assert.True(PacketHeader.TryParse(row.Bytes("header"), out PacketHeader read));
            Assert.Equal(header, read);

            byte[] aad = new byte[WireLimits.AadBytes];
            PacketHeader.WriteAad(written, aad);
            Assert.Equal(row.Text("aad"), Convert.ToHexStringLower(aad));
        }
    }

    [Fact]
    public void Event_frames_are_written_and_read_byte_for_byte()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "eventFrames"))
        {
            bool isToBeWritten = row.TryGetProperty("events", out JsonElement events);
            string[] expected = [.. (isToBeWritten ? events : row.GetProperty("decoded")).EnumerateArray().Select(e => e.GetString()!)];
            Assert.Equal(expected, Read(row.Bytes("payload"), row.GetProperty("count").GetInt32()));
            if (isToBeWritten)
                Assert.Equal(row.Text("payload"), Convert.ToHexStringLower(Write(expected)));
        }
    }

    [Fact]
    public void Control_payloads_are_written_and_read_byte_for_byte()
    {
        var kinds = new HashSet<string>();
        foreach (JsonElement row in VectorFile.Rows(File, "controlPayloads"))
        {
            byte[] bytes = row.Bytes("bytes");
            byte[] written = new byte[bytes.Length];
            kinds.Add(row.Text("kind"));
            switch (row.Text("kind"))
            {
                case "StreamWindow":
                    Assert.True(StreamWindow.TryParse(bytes, out StreamWindow window));
                    Assert.Equal(new(row.Number("streamId"), row.Number("totalConsumed"), row.Number("ackSeq")), window);
                    window.Write(written);
                    break;
                case "StreamNack":
                    Assert.True(StreamNack.TryParse(bytes, out StreamNack nack));
                    Assert.Equal(new(row.Number("streamId"), row.Number("nextExpected"), row.Number("missingBitmap")), nack);
                    nack.Write(written);
                    break;
                case "StreamReset":
                    Assert.True(StreamReset.TryParse(bytes, out StreamReset reset));
                    Assert.Equal(new(row.Number("streamId")), reset);
                    reset.Write(written);
                    break;
                default:
                    continue; // the reference's internal form, which is never sent
            }
            Assert.Equal(bytes, written);
        }
        Assert.Superset(new HashSet<string> { "StreamWindow", "StreamNack", "StreamReset" }, kinds);
    }

    [Fact]
    public void Routing_headers_are_written_and_read_byte_for_byte()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "routingHeaders"))
        {
            var header = new RoutingHeader
            {
                Ttl = (byte)row.Number("ttl"),
                HopCount = (byte)row.Number("hopCount"),
                Flags = (RouteFlags)row.Number("flags"),
                SourceId = (uint)row.Number("srcId"),
                DestinationId = row.Number("destId"),
            };
            byte[] written = new byte[WireLimits.RoutingHeaderBytes];
            header.Write(written);
            Assert.Equal(row.Text("bytes"), Convert.ToHexStringLower(written));
            Assert.True(RoutingHeader.TryParse(written, out RoutingHeader read));
            Assert.Equal(header, read);
        }
    }

    [Fact]
    [Trait("spec", "01 T19")]
    public void Nonce_prefixes_use_every_bit_of_the_session_id()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "noncePrefix"))
        {
            byte[] header = new byte[WireLimits.HeaderBytes];
            new PacketHeader { NoncePrefix = PacketHeader.NoncePrefixOf(row.Number("sessionId")) }.Write(header);
            Assert.Equal(row.Text("prefix"), Convert.ToHexStringLower(header[12..16]));
        }
    }

    [Fact]
    public void Stream_ids_are_hashed_from_their_names_as_the_reference_does()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "streamIdFromKey"))
        {
            ulong id = StreamIds.FromKey(row.Text("key"));
            Assert.Equal(row.Number("streamId"), id);
            Assert.Equal(row.GetProperty("referenceTreatsAsBlobTransfer").GetBoolean(), StreamIds.IsBlobTransfer(id));
        }
    }

    [Fact]
    public void Event_ids_are_sequence_and_place()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "eventIds"))
        {
            var id = new WireEventId(row.Number("sequence"), (int)row.Number("index"));
            Assert.Equal(row.Text("eventId"), id.ToString());
            Assert.Equal(row.Text("eventId"), $"{id}");
        }
    }

    [Fact]
    public void Datagrams_have_the_sizes_of_the_reference()
    {
        JsonElement sizes = VectorFile.Load(File, "wireSizes");
        const int Noise = 48;
        const int NodeIdBytes = 8;
        (string Name, int Value)[] ours =
        [
            ("directMsg1", WireLimits.HeaderBytes + Noise), ("directMsg2", WireLimits.HeaderBytes + Noise),
            ("routedMsg1", WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes + Noise + NodeIdBytes),
            ("routedMsg2", WireLimits.RoutingHeaderBytes + WireLimits.HeaderBytes + Noise),
            ("heartbeat", WireLimits.PacketOverheadBytes),
            ("streamWindow", WireLimits.PacketOverheadBytes + EventFrames.SizeOf(StreamWindow.Bytes)),
            ("streamNack", WireLimits.PacketOverheadBytes + EventFrames.SizeOf(StreamNack.Bytes)),
            ("streamReset", WireLimits.PacketOverheadBytes + EventFrames.SizeOf(StreamReset.Bytes)),
            ("maxDirect", WireLimits.PacketOverheadBytes + EventFrames.SizeOf(WireLimits.MaxEventBytes)),
            ("maxRoutedSafePayload", EventFrames.SizeOf(WireLimits.MaxRoutedEventBytes)),
        ];
        Assert.Equal(sizes.EnumerateObject().Count(), ours.Length);
        Assert.All(ours, size => Assert.Equal((ulong)size.Value, sizes.Number(size.Name)));
    }

    [Fact]
    [Trait("spec", "02 I6")]
    public void Datagrams_with_a_broken_header_are_refused_and_those_broken_elsewhere_are_not()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "mutations", "cases"))
        {
            string outcome = row.Text("outcome");
            bool isHeaderBroken = outcome.Contains("shorter than 68", StringComparison.Ordinal)
                || outcome.Contains("first two bytes", StringComparison.Ordinal)
                || outcome.Contains("header validation", StringComparison.Ordinal);
            Assert.True(isHeaderBroken != PacketHeader.TryParse(row.Bytes("datagram"), out _), row.Text("name"));
        }
    }

    [Fact]
    public void The_sealed_packets_of_a_session_have_the_associated_data_that_is_expected()
    {
        foreach (JsonElement row in VectorFile.Rows(File, "sealedPackets", "packets"))
        {
            if (!row.TryGetProperty("datagram", out _) || !row.TryGetProperty("aad", out _))
                continue;
            byte[] datagram = row.Bytes("datagram");
            if (DatagramClassifier.Classify(datagram) == DatagramShape.Routed)
                datagram = datagram[WireLimits.RoutingHeaderBytes..];
            Assert.True(PacketHeader.TryParse(datagram, out PacketHeader header));
            byte[] aad = new byte[WireLimits.AadBytes];
            PacketHeader.WriteAad(datagram, aad);
            Assert.Equal(row.Text("aad"), Convert.ToHexStringLower(aad));
            Assert.Equal(row.Number("counter"), header.NonceCounter);
            Assert.Equal(PacketHeader.NoncePrefixOf(header.SessionId), header.NoncePrefix);
        }
    }

    [Fact]
    public void The_pieces_of_a_large_message_are_marked_as_the_profile_says()
    {
        IReadOnlyList<JsonElement> rows = VectorFile.Rows("secure-profile.json", "largeMessage", "packets");
        foreach (JsonElement row in rows)
        {
            Assert.True(PacketHeader.TryParse(row.Bytes("datagram"), out PacketHeader header));
            Assert.Equal(row.Number("fragFlags"), header.FragmentFlags);
            Assert.Equal(row.Number("fragmentId"), header.FragmentId);
            Assert.Equal(row.Number("fragmentOffset"), header.FragmentOffset);
            Assert.Equal(row.Number("sequence"), header.Sequence);
            Assert.Equal((1, EventFrames.SizeOf(row.Bytes("piece").Length)), (header.EventCount, header.PayloadLength));
            bool isLast = row.GetRawText() == rows[^1].GetRawText();
            Assert.Equal(isLast ? FragmentMarks.Fragment | FragmentMarks.Last : FragmentMarks.Fragment, header.FragmentFlags);
        }
    }

    private static PacketHeader HeaderOf(JsonElement fields)
    {
        byte[] nonce = fields.Bytes("nonce");
        return new()
        {
            Flags = (PacketFlags)fields.Number("flags"),
            Priority = (byte)fields.Number("priority"),
            HopTtl = (byte)fields.Number("hopTtl"),
            HopCount = (byte)fields.Number("hopCount"),
            FragmentFlags = (byte)fields.Number("fragFlags"),
            SubprotocolId = (ushort)fields.Number("subprotocolId"),
            ChannelHash = (ushort)fields.Number("channelHash"),
            NoncePrefix = BitConverter.ToUInt32(nonce),
            NonceCounter = BitConverter.ToUInt64(nonce, 4),
            SessionId = fields.Number("sessionId"),
            StreamId = fields.Number("streamId"),
            Sequence = fields.Number("sequence"),
            OriginHash = fields.Number("originHash"),
            SubnetId = (uint)fields.Number("subnetId"),
            FragmentId = (ushort)fields.Number("fragmentId"),
            FragmentOffset = (ushort)fields.Number("fragmentOffset"),
            PayloadLength = (ushort)fields.Number("payloadLen"),
            EventCount = (ushort)fields.Number("eventCount"),
        };
    }

    private static List<string> Read(byte[] plaintext, int count)
    {
        var reader = new EventFrameReader(plaintext, count);
        var events = new List<string>();
        while (reader.TryRead(out ReadOnlySpan<byte> payload))
            events.Add(Convert.ToHexStringLower(payload));
        return events;
    }

    private static byte[] Write(string[] events)
    {
        byte[] plaintext = new byte[WireLimits.MaxPayloadBytes];
        int length = 0;
        foreach (string payload in events)
            length += EventFrames.Write(plaintext.AsSpan(length), Convert.FromHexString(payload));
        return plaintext[..length];
    }
}
