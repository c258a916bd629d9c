using CsCheck;

namespace Net.Mesh.Replication.Tests;

public sealed class CodecTests
{
    private static readonly ReplicationChannelId Channel = ReplicationChannelId.For("net/redex/example");

    private static readonly byte[][] Samples =
    [
        SyncCodec.Encode(new SyncRequest(Channel, 5, 8041, 77, BandwidthClass.Realtime)),
        SyncCodec.Encode(new SyncResponse(Channel, 9, 3, 77, [new(9, "hello"u8.ToArray()), new(10, Array.Empty<byte>()), new(11, new byte[100])])),
        SyncCodec.Encode(new SyncHeartbeat(Channel, 12, ReplicaRole.Candidate, 1)),
        SyncCodec.Encode(new SyncNack(Channel, 5, SyncNackCode.Backpressure, 1, 2, "später")),
    ];

    [Fact]
    [Trait("spec", "06 I12")]
    public void Every_truncation_of_every_message_is_a_truncation_but_the_class_of_a_request()
    {
        foreach (byte[] sample in Samples)
        {
            for (int length = 0; length < sample.Length; length++)
            {
                bool isLegacy = sample[2] == 0x20 && length == SyncCodec.LegacyRequestBytes;
                Assert.Equal(isLegacy ? SyncFaultKind.None : SyncFaultKind.Truncated, DecodeAsItself(sample, length));
            }
            Assert.Equal(SyncFaultKind.None, DecodeAsItself(sample, sample.Length));
            Assert.Equal(SyncFaultKind.None, DecodeAsItself([.. sample, 1, 2, 3], sample.Length + 3));
        }
    }

    [Fact]
    public void Random_bytes_give_decode_errors_and_nothing_else() => Gen.Byte.Array[0, 200].Sample(bytes =>
    {
        if (bytes.Length > 2)
            (bytes[0], bytes[1], bytes[2]) = (0, 0x0E, (byte)(0x20 + bytes[2] % 4));
        DecodeAsItself(bytes, bytes.Length);
    });

    [Fact]
    public void A_count_that_is_not_there_sets_nothing_aside()
    {
        byte[] message = SyncCodec.Encode(new SyncResponse(Channel, 0, 0, 0, []));
        message.AsSpan(59, 4).Fill(0xFF);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(SyncFaultKind.Truncated, SyncCodec.Decode(message.AsMemory(), out SyncResponse _).Kind);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1024);
    }

    [Fact]
    public void Errors_come_in_the_order_of_the_chapter()
    {
        byte[] heartbeat = SyncCodec.Encode(new SyncHeartbeat(Channel, 1, ReplicaRole.Leader, 1));
        Assert.Equal(SyncFaultKind.DispatchMismatch, SyncCodec.Decode(heartbeat, out SyncRequest _).Kind);
        heartbeat[43] = 4;
        Assert.Equal(new(SyncFaultKind.Truncated, 52, 51), SyncCodec.Decode(heartbeat.AsSpan(0, 51), out SyncHeartbeat _));
        Assert.Equal(new(SyncFaultKind.BadRole, 4), SyncCodec.Decode(heartbeat, out SyncHeartbeat _));
        heartbeat[0] = 1;
        Assert.Equal(new(SyncFaultKind.SubprotocolMismatch, 0x0E01), SyncCodec.Decode(heartbeat.AsSpan(0, 3), out SyncHeartbeat _));
    }

    [Fact]
    public void An_unknown_class_is_the_foreground()
    {
        byte[] request = SyncCodec.Encode(new SyncRequest(Channel, 1, 1, 1, BandwidthClass.Background));
        request[55] = 200;
        Assert.True(SyncCodec.Decode(request, out SyncRequest read).IsNone);
        Assert.Equal(BandwidthClass.Foreground, read.Class);
    }

    [Fact]
    public void What_our_nodes_add_to_a_heartbeat_comes_back_and_leaves_its_52_bytes_as_they_are()
    {
        var standing = new SyncStanding(new(0xAB), true, true, 99, 7);
        byte[] with = SyncCodec.Encode(new SyncHeartbeat(Channel, 1, ReplicaRole.Replica, 2, standing));
        Assert.Equal(SyncCodec.Encode(new SyncHeartbeat(Channel, 1, ReplicaRole.Replica, 2)), with[..52]);
        Assert.True(SyncCodec.Decode(with, out SyncHeartbeat read).IsNone);
        Assert.Equal(standing, read.Standing);
        with[52] = 9; // a later version's
        Assert.True(SyncCodec.Decode(with, out read).IsNone);
        Assert.Null(read.Standing);
    }

    [Fact]
    public void A_long_detail_is_cut_between_two_characters()
    {
        byte[] nack = SyncCodec.Encode(new SyncNack(Channel, 0, SyncNackCode.BadRange, 0, 0, "x" + new string('ä', 5000)));
        Assert.True(SyncCodec.Decode(nack, out SyncNack read).IsNone);
        Assert.Equal("x" + new string('ä', 511), read.Detail);
    }

    private static SyncFaultKind DecodeAsItself(byte[] message, int length)
    {
        ReadOnlyMemory<byte> bytes = message.AsMemory(0, length);
        return (SyncDispatch)(message.Length > 2 ? message[2] : 0x20) switch
        {
            SyncDispatch.Response => SyncCodec.Decode(bytes, out SyncResponse _).Kind,
            SyncDispatch.Heartbeat => SyncCodec.Decode(bytes.Span, out SyncHeartbeat _).Kind,
            SyncDispatch.Nack => SyncCodec.Decode(bytes.Span, out SyncNack _).Kind,
            _ => SyncCodec.Decode(bytes.Span, out SyncRequest _).Kind,
        };
    }
}
