using System.Net;
using System.Text.Json;
using CsCheck;

namespace Net.Mesh.Crypto.Tests;

public sealed class MeshTicketTests
{
    /// <summary>Words of the message that each fault of the vectors gets, and no other.</summary>
    private static readonly Dictionary<string, string> Messages = new()
    {
        ["prefix"] = "begins with 'netmesh:'",
        ["length"] = "cut short",
        ["base64url"] = "not unpadded base64url",
        ["version"] = "of version",
        ["address count"] = "at most 8 are allowed",
        ["address family"] = "unknown family",
        ["port 0"] = "port 0",
        ["trailing bytes"] = "trailing bytes",
        ["check"] = "check does not match",
    };

    [Fact]
    public void A_good_ticket_is_read_and_written_to_the_same_text()
    {
        foreach (JsonElement vector in Vectors.SecureProfile("tickets").GetProperty("good").EnumerateArray())
        {
            MeshTicket ticket = MeshTicket.Parse(vector.Text("text"));
            IPEndPoint[] addresses = [.. vector.GetProperty("addresses").EnumerateArray().Select(address => IPEndPoint.Parse(address.GetString()!))];
            Assert.Equal(vector.Text("entityId"), ticket.EntityId.ToString());
            Assert.Equal(vector.Id("nodeId"), ticket.NodeId.Value);
            Assert.Equal(vector.Text("staticPublic"), ticket.PublicKey.ToString());
            Assert.Equal(addresses, ticket.Addresses);
            Assert.Equal(vector.Text("text"), ticket.ToString());
            Assert.Equal(vector.Text("text"), new MeshTicket(ticket.EntityId, ticket.PublicKey, addresses).ToString());
        }
    }

    [Fact]
    public void Every_malformed_ticket_gets_a_message_of_its_own()
    {
        var faults = new HashSet<string>();
        foreach (JsonElement vector in Vectors.SecureProfile("tickets").GetProperty("bad").EnumerateArray())
        {
            string fault = vector.Text("fault");
            faults.Add(fault);
            Assert.False(MeshTicket.TryParse(vector.Text("text"), out MeshTicket? ticket, out string? error), vector.Text("name"));
            Assert.Null(ticket);
            Assert.True(error.Contains(Messages[fault], StringComparison.Ordinal), $"{vector.Text("name")}: {error}");
            Assert.Single(Messages.Values, words => error.Contains(words, StringComparison.Ordinal));
            Assert.Equal(error, Assert.Throws<FormatException>(() => MeshTicket.Parse(vector.Text("text"))).Message);
            Assert.False(MeshTicket.TryParse(vector.Text("text"), null, out _));
        }
        Assert.Equal(Messages.Keys.Order(), faults.Order());
    }

    [Fact]
    public void Any_ticket_survives_the_way_through_text()
    {
        Gen<IPEndPoint> address = Gen.Select(
            Gen.OneOf(Gen.Byte.Array[4], Gen.Byte.Array[16]), Gen.Int[1, 65535], (bytes, port) => new IPEndPoint(new IPAddress(bytes), port));
        Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[32], address.Array[0, 8]).Sample((entity, key, addresses) =>
        {
            var ticket = new MeshTicket(new(entity), new(key), addresses);
            MeshTicket again = MeshTicket.Parse($"  {ticket}\n");
            return again.EntityId == ticket.EntityId && again.PublicKey == ticket.PublicKey && again.NodeId == ticket.NodeId
                && again.Addresses.SequenceEqual(ticket.Addresses) && again.ToString() == ticket.ToString();
        }, iter: 500);
    }

    [Fact]
    public void No_text_makes_the_reader_throw_and_no_damage_passes()
    {
        string good = Vectors.SecureProfile("tickets").GetProperty("good").Named("both").Text("text");
        for (int length = 0; length < good.Length; length++)
            Assert.False(MeshTicket.TryParse(good[..length], out _, out _));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Char.AlphaNumeric).Sample((at, c) =>
            good[at] == c || !MeshTicket.TryParse(good[..at] + c + good[(at + 1)..], out _, out _), iter: 1000);
        Gen.String.Sample(text => !MeshTicket.TryParse("netmesh:" + text, out _, out _), iter: 1000);
        Assert.False(MeshTicket.TryParse(null, out _, out _));
        Assert.False(MeshTicket.TryParse("netmesh:" + new string('A', 1_000_000), out _, out string? error));
        Assert.Contains("the longest one has", error);
    }

    [Fact]
    public void A_ticket_is_made_only_of_what_can_be_dialled()
    {
        IPEndPoint[] nine = [.. Enumerable.Range(1, 9).Select(port => new IPEndPoint(IPAddress.Loopback, port))];
        Assert.Contains("9 were given", Assert.Throws<ArgumentException>(() => new MeshTicket(default, default, nine)).Message);
        Assert.Contains("port 0", Assert.Throws<ArgumentException>(() => new MeshTicket(default, default, [new(IPAddress.Loopback, 0)])).Message);
        var mapped = new MeshTicket(default, default, [new(IPAddress.Loopback.MapToIPv6(), 9)]);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 9), Assert.Single(mapped.Addresses));
    }
}
