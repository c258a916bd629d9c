namespace Net.Mesh.Wire.Tests.Codecs;

/// <summary>Pingwaves withstand what arrives from outside, and carry every bit of what is sent.</summary>
public sealed class PingwaveTests
{
    private static readonly Gen<byte[]> Datagrams = Gen.Select(Gen.Byte.Array[72], Gen.Byte[0, 3]).Select((bytes, health) =>
    {
        bytes[63] = health;
        bytes[64] &= 1;
        return bytes;
    });

    [Fact]
    public void Every_byte_survives_reading_and_writing() => Datagrams.Sample(bytes =>
    {
        Assert.True(Pingwave.TryParse(bytes, out Pingwave wave));
        byte[] written = new byte[WireLimits.PingwaveBytes];
        wave.Write(written);
        Assert.Equal(bytes, written);
        Assert.True(Pingwave.TryParse(written, out Pingwave again));
        Assert.Equal(wave, again);
    }, threads: 1);

    [Fact]
    public void Every_other_length_is_refused()
    {
        Hostile.AssertRefusesTruncations(bytes => Pingwave.TryParse(bytes, out _), new byte[72]);
        Hostile.AssertRefusesTrailingByte(bytes => Pingwave.TryParse(bytes, out _), new byte[72]);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read() => Hostile.AssertSurvives(bytes => Pingwave.TryParse(bytes, out _), WireLimits.PingwaveBytes);

    [Fact]
    public void A_gpu_is_every_byte_but_0()
    {
        byte[] bytes = new byte[72];
        bytes[64] = 200;
        Assert.True(Pingwave.TryParse(bytes, out Pingwave wave));
        Assert.True(wave.Capabilities.HasGpu);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    [InlineData(8, 2)]
    [InlineData(16, 3)]
    [InlineData(32, 4)]
    [InlineData(64, 5)]
    [InlineData(128, 6)]
    [InlineData(129, 7)]
    public void Memory_falls_into_tiers(long gigabytes, byte tier) => Assert.Equal(tier, PrimaryCapabilities.MemoryTierOf(gigabytes));
}
