using Net.Mesh.Sessions;
using Net.Mesh.Testing;
using Net.Mesh.Wire;

namespace Net.Mesh.Node.Tests.Sessions;

/// <summary>The sending half of a stream by itself.</summary>
public sealed class StreamSenderTests
{
    private readonly VirtualTimeProvider _time = new();
    private readonly PacketBufferPool _pool = new();
    private readonly List<int> _resend = [];
    private readonly StreamSender _sender;

    public StreamSenderTests() => _sender = new(Sim.Reliable, StreamTimings.Default, _time, _pool);

    [Fact]
    [Trait("spec", "01 T25")]
    public void A_repeated_report_inside_a_round_trip_neither_halves_the_window_again_nor_resends_again()
    {
        Send(20);
        var report = new StreamNack(1, 3, 0b101);
        _sender.OnNack(report, _time.GetTimestamp(), _resend);
        Assert.Equal([3, 4, 6], _resend);
        double halved = _sender.CongestionPackets;
        Assert.Equal(16, halved);
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(2));
            _resend.Clear();
            _sender.OnNack(report, _time.GetTimestamp(), _resend);
            Assert.Empty(_resend);
        }
        Assert.Equal(halved, _sender.CongestionPackets);
        Assert.Equal(3, _sender.Retransmissions);
    }

    [Fact]
    public void A_resend_that_was_lost_too_is_sent_again_when_a_timeout_has_passed_and_still_halves_nothing()
    {
        Send(20);
        var report = new StreamNack(1, 3, 0);
        _sender.OnNack(report, _time.GetTimestamp(), _resend);
        double halved = _sender.CongestionPackets;
        _time.Advance(_sender.RetransmissionTimeout);
        _resend.Clear();
        _sender.OnNack(report, _time.GetTimestamp(), _resend);
        Assert.Equal([3], _resend);
        Assert.Equal(halved, _sender.CongestionPackets);
    }

    [Fact]
    [Trait("spec", "01 T26")]
    public void What_is_acknowledged_is_forgotten_and_never_times_out()
    {
        Send(20);
        _time.Advance(TimeSpan.FromMilliseconds(20));
        Assert.True(_sender.Acknowledge(20, _time.GetTimestamp()));
        Assert.Equal(0, _sender.Unacknowledged);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TickOutcome.Nothing, _sender.OnTick(_time.GetTimestamp(), _resend));
        Assert.Empty(_resend);
        Assert.Equal(0, _sender.Retransmissions);
    }

    [Fact]
    public void Nothing_that_was_not_sent_can_be_acknowledged_or_asked_for()
    {
        Send(5);
        _sender.Take(Content(), _time.GetTimestamp());
        Assert.True(_sender.Acknowledge(ulong.MaxValue, _time.GetTimestamp()));
        Assert.Equal(1, _sender.Unacknowledged);
        _sender.OnNack(new StreamNack(1, 5, ulong.MaxValue), _time.GetTimestamp(), _resend);
        Assert.Empty(_resend);
    }

    [Fact]
    public void A_round_trip_is_measured_on_packets_that_were_sent_once_only()
    {
        Send(2);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _sender.OnTick(_time.GetTimestamp(), _resend);
        Assert.Equal([0, 1], _resend);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        _sender.Acknowledge(2, _time.GetTimestamp());
        Assert.Equal(TimeSpan.Zero, _sender.SmoothedRoundTrip);
    }

    [Fact]
    public void Resends_back_off_and_end_with_giving_up()
    {
        Send(1);
        var times = new List<double>();
        TickOutcome outcome = TickOutcome.Nothing;
        while (outcome != TickOutcome.GiveUp)
        {
            _time.Advance(TimeSpan.FromMilliseconds(25));
            _resend.Clear();
            outcome = _sender.OnTick(_time.GetTimestamp(), _resend);
            if (_resend.Count > 0)
                times.Add(_time.Elapsed.TotalMilliseconds);
        }
        Assert.Equal([50, 150, 350, 750, 1550, 2550, 3550, 4550, 5550, 6550, 7550, 8550, 9550], times);
        Assert.InRange(_time.Elapsed.TotalSeconds, 10, 10.03);
    }

    private void Send(int packets)
    {
        for (int i = 0; i < packets; i++)
            _sender.Take(Content(), _time.GetTimestamp());
        _sender.Sealed();
    }

    private PacketContent Content() => new() { Buffer = _pool.Rent(10), Length = 10, EventCount = 1 };
}
