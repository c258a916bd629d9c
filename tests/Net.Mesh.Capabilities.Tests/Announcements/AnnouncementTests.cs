using System.Net;
using System.Text;
using CsCheck;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Announcements;

public sealed class AnnouncementTests
{
    private static readonly CapabilityGroupId Group = new(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
    private static readonly CapabilitySubnetId Subnet = new(Enumerable.Range(200, 16).Select(i => (byte)i).ToArray());

    [Fact]
    public void The_signature_holds_at_every_hop_and_the_sixteenth_link_is_the_last()
    {
        byte[] bytes = Samples.Signed().ToBytes();
        for (int hop = 0; ; hop++)
        {
            CapabilityAnnouncement read = Samples.Read(bytes);
            Assert.Equal(hop, read.HopCount);
            Assert.True(read.Verify());
            if (!read.TryToForwardedBytes(out byte[]? next))
            {
                Assert.Equal(15, hop);
                break;
            }
            bytes = next;
        }
    }

    [Fact]
    public void Any_change_breaks_the_signature()
    {
        CapabilityAnnouncement signed = (Samples.Unsigned() with { ReflexAddress = IPEndPoint.Parse("1.2.3.4:5"), AllowedNodes = [new(1)], AllowedSubnets = [Subnet], AllowedGroups = [Group] }).Sign(Samples.Signer);
        Assert.True(signed.Verify());
        Assert.True((signed with { HopCount = 9 }).Verify());
        CapabilityAnnouncement[] changed =
        [
            signed with { NodeId = new(1) },
            signed with { EntityId = Samples.Other.EntityId },
            signed with { Version = 8 },
            signed with { TimestampNs = 1 },
            signed with { TtlSeconds = 301 },
            signed with { Capabilities = signed.Capabilities.WithTag("x") },
            signed with { ReflexAddress = null },
            signed with { AllowedNodes = [new(2)] },
            signed with { AllowedSubnets = [] },
            signed with { AllowedGroups = [] },
            signed with { Signature = new byte[64] },
            signed with { Signature = default },
        ];
        Assert.All(changed, one => Assert.False(one.Verify()));
    }

    [Fact]
    [Trait("spec", "04 T9")]
    public void A_member_of_a_later_version_survives_forwarding_and_may_be_signed()
    {
        // A later version signs a document with a member that we do not know.
        string unsigned = Encoding.UTF8.GetString(Samples.Unsigned().ToBytes());
        string extended = unsigned[..^1] + ",\"future\":{\"a\":[1,2,{}]}}";
        byte[] signature = new byte[64];
        Samples.Signer.Sign(Encoding.UTF8.GetBytes(extended), signature);
        string wire = extended.Replace(",\"future\"", $",\"signature\":\"{Convert.ToHexStringLower(signature)}\",\"future\"", StringComparison.Ordinal);

        CapabilityAnnouncement read = Samples.Read(Encoding.UTF8.GetBytes(wire));
        Assert.True(read.Verify());
        Assert.True(read.TryToForwardedBytes(out byte[]? forwarded));
        Assert.Contains("\"hop_count\":1,\"future\":{\"a\":[1,2,{}]}", Encoding.UTF8.GetString(forwarded), StringComparison.Ordinal);
        Assert.True(Samples.Read(forwarded).Verify());
        Assert.True(Samples.Read(forwarded).TryToForwardedBytes(out forwarded));
        Assert.True(Samples.Read(forwarded).Verify());
        Assert.False((read with { Version = 9 }).Verify());
    }

    [Fact]
    public void Signature_and_hops_may_stand_anywhere()
    {
        CapabilityAnnouncement signed = Samples.Signed();
        string body = Encoding.UTF8.GetString(Samples.Unsigned().ToBytes())[1..^1];
        string signature = $"\"signature\" : \"{Convert.ToHexString(signed.Signature.Span)}\"";
        string[] documents =
        [
            $"{{{signature},{body},\"hop_count\":3}}",
            $"{{\"hop_count\":3,{signature},{body}}}",
            $"{{ {body} , \"hop_count\" : 3 , {signature} }} ",
            $"{{\"hop_\\u0063ount\":3,{body},{signature}}}",
        ];
        foreach (string document in documents)
        {
            CapabilityAnnouncement read = Samples.Read(Encoding.UTF8.GetBytes(document));
            Assert.Equal(signed with { HopCount = 3 }, read);
            Assert.True(read.Verify());
            Assert.True(read.TryToForwardedBytes(out byte[]? forwarded));
            Assert.Equal(signed with { HopCount = 4 }, Samples.Read(forwarded));
        }
    }

    [Theory]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":4294967296")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":300.0")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":3e2")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":-300")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":0300")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":\"300\"")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":null")]
    [InlineData("\"ttl_secs\":300,", "")]
    [InlineData("\"ttl_secs\":300", "\"ttl_secs\":300,\"ttl_secs\":300")]
    [InlineData("\"version\":7", "\"version\":18446744073709551616")]
    [InlineData("[\"gpu\",", "[\"gpu\",\"\",")]
    [InlineData("[\"gpu\",", "[\"gpu\",7,")]
    [InlineData("[\"gpu\",", "[\"\\ud800\",")]
    [InlineData("\"metadata\":{}", "\"metadata\":{\"a\":1}")]
    [InlineData("\"metadata\":{}", "\"metadata\":{},\"tags\":[]")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"signature\":\"00\"")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"reflex_addr\":\"1.2.3.4\"")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"reflex_addr\":\"01.2.3.4:5\"")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"reflex_addr\":\"[::1\"")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"allowed_subnets\":[[1,2]]")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"allowed_groups\":[[256]]")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"unknown\":01")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"unknown\":[1,]")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},\"unknown\":{\"a\"}")]
    [InlineData("\"metadata\":{}}", "\"metadata\":{}},")]
    public void A_document_that_is_wrong_in_one_place_is_no_announcement(string right, string wrong)
    {
        string document = Encoding.UTF8.GetString(Samples.Unsigned().ToBytes());
        Assert.Contains(right, document, StringComparison.Ordinal);
        Assert.False(CapabilityAnnouncement.TryFromBytes(Encoding.UTF8.GetBytes(document.Replace(right, wrong, StringComparison.Ordinal)), out _));
    }

    [Theory]
    [InlineData("\"signature\":null")]
    [InlineData("\"reflex_addr\":null")]
    [InlineData("\"unknown\":[{\"a\":[],\"b\":{}},-1.5e+3,true,false,null,\"\\u0041\\\"\"]")]
    public void Null_means_absent_and_unknown_members_may_be_anything(string member)
    {
        string document = Encoding.UTF8.GetString(Samples.Unsigned().ToBytes());
        Assert.Equal(Samples.Unsigned(), Samples.Read(Encoding.UTF8.GetBytes(document[..^1] + "," + member + "}")));
    }

    [Fact]
    [Trait("spec", "04 T15")]
    public void An_allow_list_has_at_most_64_entries()
    {
        CapabilityAnnouncement most = Samples.Unsigned() with { AllowedNodes = [.. Enumerable.Range(0, 64).Select(i => new NodeId((ulong)i))] };
        Assert.Equal(most, Samples.Read(most.ToBytes()));
        Assert.False(CapabilityAnnouncement.TryFromBytes((most with { AllowedNodes = [.. most.AllowedNodes, new(64)] }).ToBytes(), out _));
        Assert.False(CapabilityAnnouncement.TryFromBytes((most with { AllowedSubnets = [.. Enumerable.Repeat(Subnet, 65)] }).ToBytes(), out _));
        Assert.False(CapabilityAnnouncement.TryFromBytes((most with { AllowedGroups = [.. Enumerable.Repeat(Group, 65)] }).ToBytes(), out _));
    }

    [Theory]
    [Trait("spec", "04 T2")]
    [InlineData("1.2.3.4:5", "1.2.3.4:5")]
    [InlineData("[::1.2.3.4]:9", "[::102:304]:9")]
    [InlineData("[fe80::5efe:192.168.1.1]:9", "[fe80::5efe:c0a8:101]:9")]
    [InlineData("[::FFFF:1.2.3.4]:9", "[::ffff:1.2.3.4]:9")]
    [InlineData("[::]:0", "[::]:0")]
    [InlineData("[::1]:65535", "[::1]:65535")]
    [InlineData("[1:0:0:2:0:0:0:3]:1", "[1:0:0:2::3]:1")]
    [InlineData("[1:0:0:2:3:0:0:4]:1", "[1::2:3:0:0:4]:1")]
    [InlineData("[1:0:2:3:4:5:6:7]:1", "[1:0:2:3:4:5:6:7]:1")]
    [InlineData("[1:2:3:4:5:6:0:0]:1", "[1:2:3:4:5:6::]:1")]
    [InlineData("[fe80::1%3]:1", "[fe80::1%3]:1")]
    [InlineData("[fe80::1%0]:1", "[fe80::1]:1")]
    public void An_address_is_written_in_one_form(string text, string canonical)
    {
        Assert.True(SocketAddressText.TryParse(text, out IPEndPoint? address));
        Assert.Equal(canonical, SocketAddressText.Format(address!));
        CapabilityAnnouncement with = Samples.Unsigned() with { ReflexAddress = address };
        Assert.Equal(with, Samples.Read(with.ToBytes()));
    }

    [Fact]
    [Trait("spec", "04 T11")]
    public void A_time_to_live_under_a_second_is_over_at_once()
    {
        var clock = Samples.Clock();
        CapabilityAnnouncement Of(double seconds) => CapabilityAnnouncement.Create(Samples.Signer, 1, new(), TimeSpan.FromSeconds(seconds), clock);
        Assert.True(Of(0.9).IsExpired(clock));
        CapabilityAnnouncement two = Of(2.9);
        Assert.Equal(2u, two.TtlSeconds);
        clock.Advance(TimeSpan.FromSeconds(1.999));
        Assert.False(two.IsExpired(clock));
        clock.Advance(TimeSpan.FromSeconds(0.001));
        Assert.True(two.IsExpired(clock));
        Assert.False((two with { TimestampNs = ulong.MaxValue }).IsExpired(clock));
    }

    [Fact]
    public void Random_and_damaged_bytes_never_throw_and_what_is_read_is_stable()
    {
        byte[] whole = (Samples.Signed(tags: ["\"quoted\"", "scope:tenant:a", "\U0001F600"]) with { AllowedSubnets = [Subnet], HopCount = 3 }).ToBytes();
        for (int length = 0; length < whole.Length; length++)
            Assert.False(CapabilityAnnouncement.TryFromBytes(whole.AsSpan(0, length), out _));
        Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Byte, Gen.Byte.Array[0, 64]).Sample((at, value, noise) =>
        {
            byte[] damaged = [.. whole];
            damaged[at] = value;
            Stable(damaged);
            Stable([.. whole.AsSpan(0, at), .. noise, .. whole.AsSpan(at)]);
            Stable(noise);
        });
    }

    [Fact]
    public void A_document_that_nests_deeply_is_refused_or_read_without_harm()
    {
        string head = Encoding.UTF8.GetString(Samples.Unsigned().ToBytes())[..^1];
        foreach (int depth in new[] { 1, 100, 4000, 5000, 100_000 })
        {
            string document = $"{head},\"x\":{new string('[', depth)}{new string(']', depth)}}}";
            Assert.Equal(depth <= 4096, CapabilityAnnouncement.TryFromBytes(Encoding.UTF8.GetBytes(document), out _));
        }
    }

    private static void Stable(byte[] bytes)
    {
        if (!CapabilityAnnouncement.TryFromBytes(bytes, out CapabilityAnnouncement? read))
            return;
        byte[] again = read.ToBytes();
        Assert.Equal(read, Samples.Read(again));
        Assert.Equal(again, Samples.Read(again).ToBytes());
        read.Verify();
        read.TryToForwardedBytes(out _);
    }
}
