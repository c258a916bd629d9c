namespace Net.Mesh.Wire.Tests.Failure;

/// <summary>Who is silent too long is suspected, then failed; who speaks again is healthy (spec 02 §11.2).</summary>
public sealed class FailureDetectorTests
{
    private static readonly NodeId Peer = Some.Node(1);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();
    private readonly FailureDetector _detector;

    public FailureDetectorTests() => _detector = new(_time, new() { Timeout = Timeout });

    [Fact]
    public void Silence_turns_a_node_suspected_and_failed_when_the_reference_says_so()
    {
        foreach (JsonElement row in VectorFile.Rows("mesh.json", "failure_detector", "cases"))
        {
            var time = new FakeTimeProvider();
            var detector = new FailureDetector(time, new() { Timeout = Timeout });
            detector.Heartbeat(Peer);
            time.Advance(TimeSpan.FromSeconds(row.GetProperty("elapsed_s").GetDouble()));
            Check(detector);
            Assert.Equal(Enum.Parse<NodeStatus>(row.Text("state"), ignoreCase: true), detector.StatusOf(Peer));
        }
    }

    [Fact]
    public void Every_change_is_reported_once()
    {
        Assert.Equal(NodeStatus.Unknown, _detector.Heartbeat(Peer));
        Assert.Empty(Check(_detector));
        _time.Advance(2 * Timeout);
        Assert.Equal([new(Peer, NodeStatus.Healthy, NodeStatus.Suspected)], Check(_detector));
        Assert.Empty(Check(_detector));
        _time.Advance(Timeout);
        Assert.Equal([new(Peer, NodeStatus.Suspected, NodeStatus.Failed)], Check(_detector));
        _time.Advance(Timeout);
        Assert.Empty(Check(_detector));
        Assert.Equal(NodeStatus.Failed, _detector.Heartbeat(Peer));
        Assert.Equal(NodeStatus.Healthy, _detector.StatusOf(Peer));
        Assert.Equal([new(Peer, NodeStatus.Failed, NodeStatus.Healthy)], Check(_detector));
        Assert.Empty(Check(_detector));
    }

    [Fact]
    public void One_missed_heartbeat_changes_nothing()
    {
        _detector.Heartbeat(Peer);
        _time.Advance(2 * Timeout);
        Check(_detector);
        _detector.Heartbeat(Peer);
        _time.Advance(1.5 * Timeout);
        Assert.Equal([new(Peer, NodeStatus.Suspected, NodeStatus.Healthy)], Check(_detector));
        Assert.Equal(NodeStatus.Healthy, _detector.StatusOf(Peer));
    }

    [Fact]
    public void A_node_that_was_never_heard_is_unknown_and_a_forgotten_one_too()
    {
        Assert.Equal(NodeStatus.Unknown, _detector.StatusOf(Peer));
        Assert.Null(_detector.SinceHeartbeat(Peer));
        _detector.Heartbeat(Peer);
        _time.Advance(Timeout);
        Assert.Equal(Timeout, _detector.SinceHeartbeat(Peer));
        _detector.Forget(Peer);
        Assert.Equal(NodeStatus.Unknown, _detector.StatusOf(Peer));
        _time.Advance(10 * Timeout);
        Assert.Empty(Check(_detector));
        _detector.Forget(Peer);
        Assert.Equal(0, _detector.Statistics.Tracked);
        Assert.Equal(NodeStatus.Unknown, _detector.Heartbeat(Peer));
    }

    [Fact]
    public void A_node_failed_for_long_is_forgotten_and_that_is_reported()
    {
        _detector.Heartbeat(Peer);
        _time.Advance(3 * Timeout);
        Check(_detector);
        _time.Advance(10 * Timeout);
        Assert.Empty(Check(_detector));
        _time.Advance(Timeout);
        Assert.Equal([new(Peer, NodeStatus.Failed, NodeStatus.Unknown)], Check(_detector));
        Assert.Equal(0, _detector.Statistics.Tracked);
    }

    [Fact]
    public void Failed_nodes_are_kept_for_ever_when_asked()
    {
        var detector = new FailureDetector(_time, new() { Timeout = Timeout, FailedRetention = System.Threading.Timeout.InfiniteTimeSpan });
        detector.Heartbeat(Peer);
        _time.Advance(3 * Timeout);
        Check(detector);
        _time.Advance(TimeSpan.FromDays(100));
        Assert.Empty(Check(detector));
        Assert.Equal(NodeStatus.Failed, detector.StatusOf(Peer));
    }

    [Fact]
    public void Nodes_are_counted_and_listed_by_status()
    {
        _detector.Heartbeat(Some.Node(3));
        _time.Advance(Timeout);
        _detector.Heartbeat(Some.Node(2));
        _time.Advance(2 * Timeout);
        _detector.Heartbeat(Some.Node(1));
        Check(_detector);
        Assert.Equal([Some.Node(1)], _detector.NodesWith(NodeStatus.Healthy));
        Assert.Equal([Some.Node(2)], _detector.NodesWith(NodeStatus.Suspected));
        Assert.Equal([Some.Node(3)], _detector.NodesWith(NodeStatus.Failed));
        _detector.Heartbeat(Some.Node(3));
        Assert.Equal(new(Tracked: 3, Healthy: 2, Suspected: 1, Failed: 0, TotalFailures: 1, TotalRecoveries: 1, Refused: 0), _detector.Statistics);
    }

    [Fact]
    public void Changes_come_in_the_order_of_node_ids()
    {
        foreach (ulong id in (ulong[])[9, 3, 7, 1])
            _detector.Heartbeat(Some.Node(id));
        _time.Advance(3 * Timeout);
        Assert.Equal([1UL, 3, 7, 9], Check(_detector).Select(change => change.Node.Value));
    }

    [Fact]
    public void No_more_nodes_are_tracked_than_the_bound_allows()
    {
        var detector = new FailureDetector(_time, new() { MaxTracked = 2 });
        for (ulong i = 0; i < 5; i++)
            detector.Heartbeat(Some.Node(i));
        Assert.Equal((2, 3L), (detector.Statistics.Tracked, detector.Statistics.Refused));
        detector.Forget(Some.Node(0));
        detector.Heartbeat(Some.Node(4));
        Assert.Equal(NodeStatus.Healthy, detector.StatusOf(Some.Node(4)));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FailureDetector(_time, new() { Timeout = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FailureDetector(_time, new() { SuspectedAfter = 0 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FailureDetector(_time, new() { SuspectedAfter = 3, FailedAfter = 2 }));
    }

    [Fact]
    public void A_heartbeat_of_a_known_node_allocates_nothing()
    {
        _detector.Heartbeat(Peer);
        Assert.Equal(0, Allocation.Of(() => _detector.Heartbeat(Peer)));
    }

    [Fact]
    public async Task Heartbeats_checks_and_forgetting_go_on_at_once()
    {
        var detector = new FailureDetector(_time, new() { Timeout = TimeSpan.FromMilliseconds(1), CleanupInterval = TimeSpan.Zero });
        Task[] tasks =
        [
            Task.Run(() => Repeat(i => detector.Heartbeat(Some.Node((ulong)i % 20)))),
            Task.Run(() => Repeat(i => detector.Forget(Some.Node((ulong)i % 20)))),
            Task.Run(() => Repeat(i =>
            {
                if (i % 50 == 0)
                    Check(detector);
            })),
            Task.Run(() => Repeat(_ => _time.Advance(TimeSpan.FromTicks(100)))),
        ];
        await Task.WhenAll(tasks);
        for (ulong i = 0; i < 20; i++)
            detector.Forget(Some.Node(i));
        Assert.Equal(0, detector.Statistics.Tracked);

        static void Repeat(Action<int> action)
        {
            for (int i = 0; i < 20_000; i++)
                action(i);
        }
    }

    private static List<StatusChange> Check(FailureDetector detector)
    {
        var changes = new List<StatusChange>();
        detector.Check(changes);
        return changes;
    }
}
