namespace Net.Mesh.Replication.Tests;

public sealed class CatchUpTests
{
    private static readonly ReplicationChannelId Channel = ReplicationChannelId.For("orders/audit");

    private static readonly NodeId Leader = new(1);

    [Fact]
    public void Three_empty_answers_are_free_then_the_leader_is_left_alone_twice_as_long_each_time_up_to_half_a_minute()
    {
        var backoff = new CatchUpBackoff();
        double[] expected = [0, 0, 0, 1, 2, 4, 8, 16, 30, 30];
        foreach (double seconds in expected)
        {
            backoff.Strike(Leader, TimeSpan.Zero);
            if (seconds > 0)
                Assert.True(backoff.IsHeldBack(Leader, TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1)));
            Assert.False(backoff.IsHeldBack(Leader, TimeSpan.FromSeconds(seconds)));
        }
        backoff.Progress(Leader);
        Assert.False(backoff.IsHeldBack(Leader, TimeSpan.Zero));
        backoff.Strike(Leader, TimeSpan.Zero);
        backoff.Sweep(TimeSpan.FromSeconds(60));
        Assert.Equal(1, backoff.Count);
        backoff.Sweep(TimeSpan.FromSeconds(61));
        Assert.Equal(0, backoff.Count);
    }

    [Fact]
    [Trait("spec", "06 I13")]
    public void A_request_is_answered_once_within_half_a_minute_by_the_node_that_was_asked()
    {
        var ledger = new RequestLedger();
        ledger.Add(Leader, 5, 9, TimeSpan.Zero);
        Assert.False(ledger.TryConsume(new(2), 5, TimeSpan.Zero, out _));
        Assert.True(ledger.TryConsume(Leader, 5, TimeSpan.FromSeconds(30), out ulong since));
        Assert.Equal(9ul, since);
        Assert.False(ledger.TryConsume(Leader, 5, TimeSpan.FromSeconds(30), out _));
        ledger.Add(Leader, 6, 9, TimeSpan.Zero);
        Assert.False(ledger.TryConsume(Leader, 6, TimeSpan.FromSeconds(31), out _));
    }

    [Fact]
    public void Requests_are_bounded_and_go_with_their_leader()
    {
        var ledger = new RequestLedger();
        for (ulong id = 0; id < 1000; id++)
            ledger.Add(id % 2 == 0 ? Leader : new(2), id, 0, TimeSpan.FromMilliseconds(id));
        Assert.Equal(RequestLedger.MaxRequests, ledger.Count);
        ledger.Forget(Leader);
        Assert.Equal(RequestLedger.MaxRequests / 2, ledger.Count);
    }

    [Fact]
    [Trait("spec", "06 I14")]
    public void A_response_is_checked_in_the_order_of_the_chapter_before_anything_is_appended()
    {
        var log = new MemoryReplicaLog();
        log.AppendMany(5);
        Assert.Equal(ApplyOutcome.StaleChunk, Apply(4));
        Assert.Equal(ApplyOutcome.Empty, Apply(5));
        Assert.Equal(ApplyOutcome.FirstSeqMismatch, Apply(5, 6));
        Assert.Equal(ApplyOutcome.NonMonotonic, Apply(5, 5, 7));
        Assert.Equal(ApplyOutcome.NonMonotonic, Apply(5, 5, 5));
        Assert.Equal(ApplyOutcome.StaleChunk, Apply(4, 4, 5));
        Assert.Equal(ApplyOutcome.GapBeforeChunk, Apply(6, 6));
        Assert.Equal(5ul, log.NextSeq);
        Assert.Equal(ApplyOutcome.Applied, Apply(5, 5, 6));
        Assert.Equal(7ul, log.NextSeq);
        log.CapacityBytes = log.Bytes;
        Assert.Equal(ApplyOutcome.Failed, Apply(7, 7, 8));
        Assert.Equal(7ul, log.NextSeq);

        ApplyOutcome Apply(ulong first, params ulong[] seqs) =>
            ChunkApplier.Apply(log, new(Channel, first, 0, 0, [.. seqs.Select(static seq => new SyncEvent(seq, new byte[4]))]), out _);
    }

    [Fact]
    [Trait("spec", "06 T15")]
    public void A_response_to_a_node_of_0_27_2_is_one_packet_whatever_it_asks_for()
    {
        var log = new MemoryReplicaLog();
        log.AppendMany(100, 200);
        foreach (uint asked in new uint[] { 0, 262_144, uint.MaxValue })
        {
            SyncResponse response = Serve(log, 0, asked).Response!.Value;
            Assert.True(response.Events.Sum(static e => e.Cost) <= SyncCodec.PacketBudgetBytes);
            Assert.Equal(37, response.Events.Count);
            Assert.True(SyncCodec.Encode(response).Length <= 8104);
        }
        log.Append(new byte[8029]);
        Assert.Equal(8104, SyncCodec.Encode(Serve(log, 100, 0).Response!.Value).Length);
        log.Append(new byte[8030]);
        SyncNack refusal = Serve(log, 101, 0).Refusal!.Value;
        Assert.Equal(SyncNackCode.BadRange, refusal.Code);
        Assert.Contains("8030", refusal.Detail, StringComparison.Ordinal);
        Assert.Equal(1ul, refusal.LeaderFirstRetained); // 0 would make it drop its log and go past the event
    }

    [Fact]
    public void A_response_has_at_least_one_event_stops_at_its_budget_and_begins_where_the_log_does()
    {
        var log = new MemoryReplicaLog();
        log.AppendMany(10, 100);
        Assert.Single(Serve(log, 0, 1).Response!.Value.Events);
        Assert.Equal(2, Serve(log, 0, 224).Response!.Value.Events.Count);
        Assert.Single(Serve(log, 0, 223).Response!.Value.Events);
        Assert.Equal(47 + 224, Serve(log, 0, 224).Cost);
        log.Drop(4);
        SyncResponse later = Serve(log, 0, 1).Response!.Value;
        Assert.Equal((4ul, 4ul), (later.FirstSeq, later.LeaderFirstRetained));
        SyncResponse none = Serve(log, 10, 0).Response!.Value;
        Assert.Equal((10ul, 0), (none.FirstSeq, none.Events.Count));
        log.Unreadable.Add(7);
        Assert.Equal([5ul, 6ul], Serve(log, 5, 0).Response!.Value.Events.Select(static e => e.Seq));
        log.Unreadable.UnionWith([8, 9]);
        Assert.Equal(SyncNackCode.BadRange, Serve(log, 7, 0).Refusal!.Value.Code);
    }

    [Fact]
    [Trait("spec", "06 I15")]
    public void Budgets_are_capped_by_class_and_in_all()
    {
        Assert.Equal(64 << 20, ChunkServer.BudgetOf(new(Channel, 0, uint.MaxValue, 0, BandwidthClass.Realtime), long.MaxValue));
        Assert.Equal(64 << 20, ChunkServer.BudgetOf(new(Channel, 0, 0, 0, BandwidthClass.Foreground), long.MaxValue));
        Assert.Equal(4 << 20, ChunkServer.BudgetOf(new(Channel, 0, 0, 0, BandwidthClass.Background), long.MaxValue));
    }

    private static ServedChunk Serve(MemoryReplicaLog log, ulong since, uint chunkMax) =>
        ChunkServer.Serve(log, new(Channel, since, chunkMax, 1, BandwidthClass.Foreground), SyncCodec.PacketBudgetBytes, ChunkServer.MaxPacketPayloadBytes);
}
