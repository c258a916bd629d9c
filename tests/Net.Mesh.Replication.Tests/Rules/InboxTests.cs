namespace Net.Mesh.Replication.Tests;

public sealed class InboxTests
{
    private static readonly ReplicationChannelId Channel = ReplicationChannelId.For("orders/audit");

    [Fact]
    [Trait("spec", "06 I12")]
    public void A_flood_of_heartbeats_fills_its_own_lane_and_answers_go_first()
    {
        var inbox = new ReplicaInbox();
        byte[] heartbeat = SyncCodec.Encode(new SyncHeartbeat(Channel, 1, ReplicaRole.Leader, 1));
        byte[] answer = SyncCodec.Encode(new SyncResponse(Channel, 1, 1, 1, []));
        int taken = Enumerable.Range(0, 2000).Count(_ => inbox.TryAdd(new(new(1), heartbeat)));
        Assert.Equal(ReplicaInbox.MaxOthers, taken);
        Assert.Equal(ReplicaInbox.MaxAnswers, Enumerable.Range(0, 200).Count(_ => inbox.TryAdd(new(new(1), answer))));
        for (int i = 0; i < ReplicaInbox.MaxAnswers; i++)
        {
            Assert.True(inbox.TryTake(out ReceivedSync first));
            Assert.Equal(SyncDispatch.Response, SyncCodec.Peek(first.Message.Span));
        }
        Assert.True(inbox.TryTake(out ReceivedSync then));
        Assert.Equal(SyncDispatch.Heartbeat, SyncCodec.Peek(then.Message.Span));
        Assert.False(inbox.TryAdd(new(new(1), new byte[] { 0, 0x0E, 0x24 })));
        Assert.False(inbox.TryAdd(new(new(1), new byte[] { 0 })));
    }
}
