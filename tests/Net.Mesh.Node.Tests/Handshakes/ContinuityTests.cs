using Net.Mesh.Crypto;
using Net.Mesh.Node;
using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Handshakes;

/// <summary>What both sides read from a handshake: whether the other still has the streams, and which session stays.</summary>
public sealed class ContinuityTests
{
    private const ulong Old = 11;
    private const ulong New = 22;

    [Fact]
    public void A_session_that_was_made_knowing_of_another_ranks_above_it_whoever_dialled()
    {
        SessionRank first = SessionRank.Of(new(1, 0), new(2, 0), isOfSmallerId: true, Old);
        foreach (bool isOfSmallerId in new[] { true, false })
        {
            Assert.True(SessionRank.Of(new(1, first.Height), new(2, 0), isOfSmallerId, New).CompareTo(first) > 0);
            Assert.True(SessionRank.Of(new(1, 0), new(2, first.Height), isOfSmallerId, New).CompareTo(first) > 0);
        }
    }

    [Fact]
    public void Of_two_that_crossed_the_one_of_the_smaller_id_stays_and_of_two_of_one_side_both_sides_keep_the_same()
    {
        var smaller = new SessionRank(5, IsOfSmallerId: true, 1);
        var larger = new SessionRank(5, IsOfSmallerId: false, 9);
        Assert.True(smaller.CompareTo(larger) > 0);
        Assert.True(new SessionRank(5, true, 2).CompareTo(smaller) > 0);
    }

    /// <summary>A peer that names the highest clock there is does not make it turn over.</summary>
    [Fact]
    public void The_highest_clock_stays_the_highest() =>
        Assert.Equal(ulong.MaxValue, SessionRank.Of(new(1, ulong.MaxValue), new(2, 3), isOfSmallerId: true, Old).Height);

    [Fact]
    public void An_incarnation_lasts_until_its_peer_is_forgotten_and_never_comes_again()
    {
        var incarnations = new Incarnations();
        var seen = new HashSet<ulong>();
        var peer = new NodeId(7);
        for (ulong i = 0; i < 10_000; i++)
        {
            Assert.True(seen.Add(incarnations.For(peer)), $"Incarnation {i} was there before.");
            Assert.Equal(incarnations.For(peer), incarnations.For(peer));
            incarnations.Forget(new NodeId(1000 + i));
            incarnations.Forget(peer);
        }
        Assert.NotEqual(new Incarnations().For(peer), new Incarnations().For(peer));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public async Task Dialling_a_connected_peer_again_renews_its_session_and_its_streams_go_on(int from, int to)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(51);
        ulong first = cluster.PeerOf(0, 1).SessionId!.Value;
        MeshStream stream = cluster.Open(0, 1, 7, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, stream.Send("before"));
        cluster.Run(Sim.Seconds(20));
        await cluster.ConnectAsync(from, to);
        Assert.NotEqual(first, cluster.PeerOf(0, 1).SessionId);
        Assert.Equal(SendStatus.Sent, stream.Send("after"));
        cluster.Run(Sim.Seconds(1));
        Assert.True(stream.IsOpen);
        Assert.Equal(["before", "after"], cluster[1].Texts());
    }

    /// <summary>Node 0 left and forgot; the word of it was lost, so node 1 still has a session and streams.</summary>
    [Fact]
    public async Task A_peer_that_forgot_without_being_heard_gets_no_old_streams_back()
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(52);
        MeshStream speaking = cluster.Open(1, 0, 7, Sim.Reliable);
        Assert.Equal(SendStatus.Sent, speaking.Send("one"));
        cluster.Run(Sim.Seconds(1));
        cluster.Network.Filter = static (in TappedDatagram _) => false;
        Assert.True(cluster[0].Peers.Disconnect(cluster[1].NodeId));
        cluster.Run(Sim.Seconds(1));
        cluster.Network.Filter = null;
        Assert.True(cluster.AreConnected(1, 0));

        await cluster.ConnectAsync(0, 1);
        cluster.Run(Sim.Seconds(1));
        Assert.False(speaking.IsOpen);
        Assert.Equal(SendStatus.Sent, cluster.Open(1, 0, 7, Sim.Reliable).Send("two"));
        cluster.Run(Sim.Seconds(1));
        Assert.Equal(["one", "two"], cluster[0].Texts());
    }

    [Fact]
    public void The_extension_is_read_beside_others_and_another_length_counts_as_none()
    {
        using Identity identity = Identity.Generate();
        byte[] ext = new byte[SecureBlock.RenewedSessionBytes + SecureBlock.ContinuityBytes];
        int length = SecureBlock.WriteRenewedSession(ext, 99);
        _ = SecureBlock.WriteContinuity(ext.AsSpan(length), new(3, 4));
        byte[] block = new byte[SecureBlock.FixedBytes + ext.Length];
        SecureBlock.Write(block, HandPeer.AllFlags, identity, isInitiator: true, new byte[32], ext);
        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(block, out SecureBlock read));
        Assert.True(read.TryGetContinuity(out Continuity continuity));
        Assert.Equal(new Continuity(3, 4), continuity);
        Assert.True(read.TryGetRenewedSession(out ulong session));
        Assert.Equal(99ul, session);

        byte[] odd = [2, 1, 0, 7];
        SecureBlock.Write(block, HandPeer.AllFlags, identity, isInitiator: true, new byte[32], odd);
        Assert.Equal(SecureBlockError.None, SecureBlock.TryParse(block.AsSpan(0, SecureBlock.FixedBytes + odd.Length), out SecureBlock other));
        Assert.False(other.TryGetContinuity(out _));
        Assert.Throws<ArgumentException>(() => SecureBlock.WriteContinuity(new byte[18], default));
    }
}
