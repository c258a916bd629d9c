using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Net.Mesh.Transport;

namespace Net.Mesh.Testing.Tests.Network;

public sealed class SimulatedNetworkTests
{
    private readonly VirtualTimeProvider _time = new();

    [Fact]
    public void A_datagram_arrives_after_the_latency_with_its_bytes_and_its_source()
    {
        SimulatedNetwork network = Create(new() { Latency = TimeSpan.FromMilliseconds(25) });
        var (a, b) = (new Node(network), new Node(network));
        byte[] bytes = [1, 2, 3];
        byte[]? seen = null;
        network.Tap = (in TappedDatagram d) => seen = d.Fate == DatagramFate.Delivered ? d.Bytes.ToArray() : seen;
        Assert.Equal(1, a.Send(b.Transport.LocalAddress, bytes));
        bytes[0] = 9; // the network copied it
        _time.Advance(TimeSpan.FromMilliseconds(24.9));
        Assert.Empty(b.Texts);
        _time.Advance(TimeSpan.FromMilliseconds(0.1));
        Assert.Equal([1, 2, 3], seen);
        Assert.Equal([a.Transport.LocalAddress], b.Sources);
        Assert.Equal([25d], b.Milliseconds);
    }

    [Fact]
    public void Addresses_are_given_out_or_chosen_and_never_twice()
    {
        SimulatedNetwork network = Create();
        Assert.Equal("10.0.0.1:9000", network.Bind().LocalAddress.ToString());
        Assert.Equal("10.0.0.2:7", network.Bind(IPEndPoint.Parse("10.0.0.2:7")).LocalAddress.ToString());
        Assert.Equal("10.0.0.2:9000", network.Bind().LocalAddress.ToString());
        Assert.Equal("[fd00::1]:9000", network.Bind(IPEndPoint.Parse("[fd00::1]:0")).LocalAddress.ToString());
        Assert.Contains("10.0.0.1:9000", Assert.Throws<ArgumentException>(() => network.Bind(IPEndPoint.Parse("10.0.0.1:9000"))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => network.Disconnect(Create().Bind()));
    }

    [Fact]
    public void Datagrams_of_one_instant_to_one_receiver_come_as_one_batch_in_order()
    {
        SimulatedNetwork network = Create();
        var (a, b, c) = (new Node(network), new Node(network), new Node(network));
        a.SendNumbers(b, 100);
        c.Send(b, "from c");
        a.Send(c, "x");
        a.Send(b, "last");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([.. Enumerable.Range(0, 100).Select(i => i.ToString(CultureInfo.InvariantCulture)), "from c", "last"], b.Texts);
        Assert.Equal([64, 37, 1], b.BatchSizes);
        Assert.Equal(102, b.Transport.Statistics.DatagramsReceived);
        Assert.Equal(3, b.Transport.Statistics.ReceiveCalls);
        Assert.Equal(102, a.Transport.Statistics.DatagramsSent);
    }

    [Fact]
    public void What_arrives_before_the_start_waits_for_it()
    {
        SimulatedNetwork network = Create();
        var (a, b) = (new Node(network), new Node(network, start: false));
        a.SendNumbers(b, SimulatedNetwork.MaxWaiting + 5);
        _time.Advance(TimeSpan.FromSeconds(1));
        b.Start();
        Assert.Empty(b.Texts);
        _time.Advance(TimeSpan.Zero);
        Assert.Equal(SimulatedNetwork.MaxWaiting, b.Texts.Count);
        Assert.Equal(5, network.Statistics.LostToFullQueue);
        Assert.Throws<InvalidOperationException>(b.Start);
    }

    [Fact]
    public void Loss_takes_about_the_share_it_says()
    {
        SimulatedNetwork network = Create(new() { Loss = 0.3 });
        var (a, b) = (new Node(network), new Node(network));
        a.SendNumbers(b, 10_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(network.Statistics.LostByChance, 2_800, 3_200);
        Assert.Equal(10_000 - network.Statistics.LostByChance, b.Texts.Count);
        network.SetLink(a.Transport, b.Transport, new() { Loss = 1 });
        a.Send(b, "lost");
        b.Send(a, "the other direction");
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.DoesNotContain("lost", b.Texts);
        Assert.Single(a.Texts);
    }

    [Fact]
    public void Jitter_spreads_arrivals_and_keeps_their_order()
    {
        SimulatedNetwork network = Create(new() { Latency = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.FromMilliseconds(10) });
        var (a, b) = (new Node(network), new Node(network));
        for (int i = 0; i < 500; i++)
        {
            a.Send(b, i.ToString(CultureInfo.InvariantCulture));
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(0, 500), b.Texts.Select(t => int.Parse(t, CultureInfo.InvariantCulture)));
        double[] delays = [.. b.Milliseconds.Select((at, i) => at - i)];
        Assert.InRange(delays.Min(), 10, 13);
        Assert.InRange(delays.Max(), 17, 20);
    }

    [Fact]
    public void Reordering_lets_later_datagrams_overtake()
    {
        SimulatedNetwork network = Create(new() { Reordering = 0.1, ReorderingDelay = TimeSpan.FromMilliseconds(5) });
        var (a, b) = (new Node(network), new Node(network));
        a.SendNumbers(b, 1_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        int[] numbers = [.. b.Texts.Select(t => int.Parse(t, CultureInfo.InvariantCulture))];
        Assert.Equal(Enumerable.Range(0, 1_000), numbers.Order());
        int newest = -1;
        int overtaken = numbers.Count(n => (newest = Math.Max(newest, n)) > n);
        Assert.InRange(overtaken, 50, 160);
    }

    [Fact]
    public void Duplication_delivers_a_second_copy()
    {
        SimulatedNetwork network = Create(new() { Duplication = 0.5 });
        var (a, b) = (new Node(network), new Node(network));
        a.SendNumbers(b, 1_000);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.InRange(b.Texts.Count, 1_400, 1_600);
        Assert.Equal(1_000, b.Texts.Distinct().Count());
        Assert.Equal(b.Texts.Count - 1_000, network.Statistics.Duplicated);
    }

    [Fact]
    public void Bandwidth_spreads_a_burst_and_its_queue_is_bounded()
    {
        SimulatedNetwork network = Create(new() { Latency = TimeSpan.Zero, BandwidthBytesPerSecond = 1_000, QueueBytes = 500 });
        var (a, b) = (new Node(network), new Node(network));
        for (int i = 0; i < 8; i++)
            a.Send(b.Transport.LocalAddress, new byte[100]);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([100d, 200, 300, 400, 500], b.Milliseconds);
        Assert.Equal(3, network.Statistics.LostToFullQueue);
    }

    [Fact]
    public void A_datagram_above_the_mtu_is_lost()
    {
        SimulatedNetwork network = Create(new() { MtuBytes = 1_400 });
        var (a, b) = (new Node(network), new Node(network));
        a.Send(b.Transport.LocalAddress, new byte[1_401]);
        a.Send(b.Transport.LocalAddress, new byte[1_400]);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single(b.Texts);
        Assert.Equal(1, network.Statistics.LostToMtu);
    }

    [Fact]
    public void A_filter_loses_what_it_chooses()
    {
        SimulatedNetwork network = Create();
        var (a, b) = (new Node(network), new Node(network));
        int count = 0;
        network.Filter = (in TappedDatagram _) => ++count != 2;
        a.SendNumbers(b, 3);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["0", "2"], b.Texts);
        Assert.Equal(1, network.Statistics.LostToFilter);
    }

    [Fact]
    public void The_counters_balance_and_the_tap_saw_every_fate()
    {
        SimulatedNetwork network = Create(LinkProfile.Rough);
        var fates = new Dictionary<DatagramFate, long>();
        network.Tap = (in TappedDatagram d) => fates[d.Fate] = fates.GetValueOrDefault(d.Fate) + 1;
        var (a, b) = (new Node(network), new Node(network));
        a.SendNumbers(b, 5_000);
        a.Send(DatagramAddress.From(IPEndPoint.Parse("192.0.2.1:1")), [1]);
        _time.Advance(TimeSpan.FromSeconds(1));
        SimulatedNetworkStatistics s = network.Statistics;
        Assert.Equal(s.Sent + s.Duplicated, s.Delivered + s.Lost);
        Assert.Equal(1, s.LostToNobody);
        Assert.Equal(s.Sent, fates[DatagramFate.Sent]);
        Assert.Equal(s.Delivered, fates[DatagramFate.Delivered]);
        Assert.Equal(s.LostByChance, fates[DatagramFate.LostByChance]);
        Assert.Equal(0, network.InFlight);
    }

    [Fact]
    public void The_same_seed_replays_the_same_run_and_another_seed_another()
    {
        string first = HashOfRun(17);
        Assert.Equal(first, HashOfRun(17));
        Assert.NotEqual(first, HashOfRun(18));
    }

    [Fact]
    public void A_message_with_the_network_names_the_seed() => Assert.Contains("seed 4711", new SimulatedNetwork(_time, 4711).ToString(), StringComparison.Ordinal);

    [Fact]
    public void A_profile_out_of_range_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(new() { Loss = 1.1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(new() { Duplication = double.NaN }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(new() { Latency = TimeSpan.FromSeconds(-1) }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(new() { BandwidthBytesPerSecond = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Create(new() { MtuBytes = 0 }));
    }

    /// <summary>Four nodes that answer each other over a rough network; every delivery goes into the hash.</summary>
    private static string HashOfRun(int seed)
    {
        var time = new VirtualTimeProvider();
        var network = new SimulatedNetwork(time, seed, LinkProfile.Rough);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        network.Tap = (in TappedDatagram d) =>
        {
            hash.AppendData(BitConverter.GetBytes(d.At.UtcTicks));
            hash.AppendData([(byte)d.Fate]);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{d.Source}>{d.Destination}"));
            hash.AppendData(d.Bytes);
        };
        Node[] nodes = [.. Enumerable.Range(0, 4).Select(_ => new Node(network))];
        foreach (Node node in nodes)
        {
            node.OnText = (self, source, text) =>
            {
                int hops = int.Parse(text, CultureInfo.InvariantCulture);
                if (hops > 0)
                    self.Send(source, System.Text.Encoding.UTF8.GetBytes((hops - 1).ToString(CultureInfo.InvariantCulture)));
            };
        }
        foreach (Node from in nodes)
        {
            foreach (Node to in nodes.Where(n => n != from))
            {
                for (int i = 0; i < 20; i++)
                    from.Send(to, "30");
            }
        }
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.True(network.Statistics.Delivered > 500, network.ToString());
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private SimulatedNetwork Create(LinkProfile? profile = null) => new(_time, 1, profile);
}
