using System.Net;
using System.Text;

namespace Net.Mesh.Testing.Tests.Network;

public sealed class FaultTests
{
    private readonly VirtualTimeProvider _time = new();
    private readonly SimulatedNetwork _network;

    public FaultTests() => _network = new(_time, 1);

    [Fact]
    public void A_partition_cuts_both_directions_between_the_groups_only_until_it_heals()
    {
        var (a, b, c) = (new Node(_network), new Node(_network), new Node(_network));
        _network.Partition([a.Transport, b.Transport], [c.Transport]);
        SendAll("cut");
        Assert.Equal(["cut"], a.Texts);
        Assert.Equal(["cut"], b.Texts);
        Assert.Empty(c.Texts);
        Assert.Equal(4, _network.Statistics.LostToBlock);
        _network.Heal();
        SendAll("healed");
        Assert.Equal(["healed", "healed"], c.Texts);
        Assert.Equal(3, a.Texts.Count);

        void SendAll(string text)
        {
            foreach ((Node from, Node to) in new[] { (a, b), (b, a), (a, c), (c, a), (b, c), (c, b) })
                from.Send(to, text);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void A_block_cuts_one_direction()
    {
        var (a, b) = (new Node(_network), new Node(_network));
        _network.Block(a.Transport, b.Transport);
        a.Send(b, "x");
        b.Send(a, "y");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(b.Texts);
        Assert.Equal(["y"], a.Texts);
    }

    [Fact]
    public void A_cut_also_takes_what_is_on_its_way()
    {
        var (a, b) = (new Node(_network), new Node(_network));
        a.Send(b, "x");
        _network.Partition([a.Transport], [b.Transport]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(b.Texts);
        Assert.Equal(1, _network.Statistics.LostToBlock);
    }

    [Fact]
    public void A_crashed_node_neither_sends_nor_receives_and_its_address_is_free()
    {
        var (a, b) = (new Node(_network), new Node(_network));
        a.Send(b, "on its way");
        b.Send(a, "also on its way"); // left before the crash
        _network.Disconnect(b.Transport);
        Assert.Equal(0, b.Send(a.Transport.LocalAddress, [1]));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(b.Texts);
        Assert.Equal(["also on its way"], a.Texts);

        var reborn = new Node(_network, b.Transport.LocalAddress.ToIPEndPoint());
        a.Send(b, "to the new process");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["to the new process"], reborn.Texts);
        Assert.Empty(b.Texts);
        _network.Disconnect(b.Transport);
        a.Send(b, "still there");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, reborn.Texts.Count);
    }

    [Fact]
    public async Task A_disposed_transport_has_left()
    {
        var (a, b) = (new Node(_network), new Node(_network));
        await b.Transport.DisposeAsync();
        a.Send(b, "x");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _network.Statistics.LostToNobody);
    }

    [Fact]
    public void A_changed_address_is_the_new_source_and_the_old_one_leads_nowhere()
    {
        var (a, b) = (new Node(_network), new Node(_network));
        IPEndPoint moved = IPEndPoint.Parse("203.0.113.9:40000");
        a.Send(b, "to the old address, on its way");
        _network.ChangeAddress(b.Transport, moved);
        a.Send(b, "to the old address");
        b.Send(a, "from the new one");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(b.Texts);
        Assert.Equal(2, _network.Statistics.LostToNobody);
        Assert.Equal(moved, a.Sources.Single().ToIPEndPoint());
        a.Send(a.Sources.Single(), "answer"u8.ToArray());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["answer"], b.Texts);
        Assert.Equal("10.0.0.2:9000", b.Transport.LocalAddress.ToString());
        Assert.Throws<ArgumentException>(() => _network.ChangeAddress(b.Transport, a.Transport.LocalAddress.ToIPEndPoint()));
    }

    [Fact]
    public void An_injected_datagram_comes_from_whom_it_says()
    {
        var a = new Node(_network);
        IPEndPoint forged = IPEndPoint.Parse("198.51.100.1:1");
        _network.Inject(forged, a.Transport.LocalAddress.ToIPEndPoint(), Encoding.UTF8.GetBytes("boo"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["boo"], a.Texts);
        Assert.Equal(forged, a.Sources.Single().ToIPEndPoint());
    }

    [Fact]
    public void A_receiver_that_throws_fails_the_run_and_the_rest_still_arrives()
    {
        var (a, b) = (new Node(_network), new Node(_network));
        b.OnText = (_, _, text) =>
        {
            if (text == "bad")
                throw new FormatException(text);
        };
        a.Send(b, "bad");
        a.Send(a, "between");
        a.Send(b, "good");
        Assert.Throws<FormatException>(() => _time.Advance(TimeSpan.FromSeconds(1)));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["bad", "good"], b.Texts);
    }
}
