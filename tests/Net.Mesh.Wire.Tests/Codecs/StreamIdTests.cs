using System.Text;

namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>Which stream ids are spoken for.</summary>
public sealed class StreamIdTests
{
    [Fact]
    public void A_name_is_hashed_as_its_UTF8_bytes_whatever_its_length() => Gen.String.Array[0, 40].Select(string.Concat).Sample(key =>
        Assert.Equal(StreamIds.FromBytes(Encoding.UTF8.GetBytes(key)), StreamIds.FromKey(key)), iter: 200, threads: 1);

    [Fact]
    public void A_shard_is_the_hash_modulo_their_number() => Gen.Select(Gen.Byte.Array[0, 20], Gen.Int[1, 1_000]).Sample((key, count) =>
        Assert.Equal((int)(StreamIds.FromBytes(key) % (ulong)count), StreamIds.ToShard(key, count)), threads: 1);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void No_shards_are_an_argument_error(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => StreamIds.ToShard([1], count));

    [Theory]
    [InlineData(0UL, true)]
    [InlineData(7UL, true)]
    [InlineData(0x1337UL, true)]
    [InlineData(0x0B00UL, false)]
    [InlineData(0x0400UL, false)]
    [InlineData(0x1100UL, false)]
    [InlineData(0x1_0B00UL, true)]
    [InlineData(ulong.MaxValue, false)]
    [InlineData(1UL << 61, false)]
    [InlineData((1UL << 61) | 5, false)]
    [InlineData((1UL << 61) | (1UL << 48), false)]
    [InlineData(1UL << 48, false)]
    [InlineData(1UL << 62, true)]
    public void An_id_is_safe_when_nothing_in_the_reference_uses_it(ulong id, bool isSafe) => Assert.Equal(isSafe, StreamIds.IsSafeForPeer(id));

    [Fact]
    public void Channels_blobs_and_the_control_stream_are_told_apart()
    {
        Assert.True(StreamIds.IsChannel(StreamIds.ForChannel(0xFFFE_0000_0000_1234)));
        Assert.False(StreamIds.IsBlobTransfer(StreamIds.ForChannel(1UL << 61)));
        Assert.False(StreamIds.IsChannel(WireLimits.ControlStreamId));
        Assert.True(StreamIds.IsBlobTransfer(1UL << 61));
        Assert.Equal(0x0C00UL, StreamIds.ForSubprotocol(SubprotocolId.CapabilityAnnouncement));
    }
}
