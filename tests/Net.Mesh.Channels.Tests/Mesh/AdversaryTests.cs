using Net.Mesh.Testing;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Channels.Tests.Mesh;

/// <summary>Peers with a session that do what they must not, over the wire. Node 0 publishes; the others may be hostile.</summary>
public sealed class AdversaryTests
{
    private static readonly ChannelName Gated = "plans";
    private static readonly ChannelName Open = "open";

    [Fact]
    [Trait("spec", "03 I7")]
    public async Task A_stolen_token_opens_nothing_for_another_subject()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        TokenChain stolen = TokenChain.Of(Grant(cluster, 1));
        await using ChannelSubscription rightful = await cluster.SubscribeAsync(1, 0, Gated, new() { Chain = stolen });
        var thief = await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.SubscribeAsync(2, 0, Gated, new() { Chain = stolen }));
        Assert.Equal(AckReason.Unauthorized, thief.Reason);
        Assert.Equal([cluster[1].NodeId], cluster[0].Channels.Subscribers(Gated));
        Assert.Equal((1, 1), (cluster[0].Channels.Desk.Chains.Count, cluster[0].Channels.Desk.Guard.Count));
    }

    [Fact]
    [Trait("spec", "03 I5")]
    public async Task Tokens_before_and_after_their_time_open_nothing()
    {
        await using MeshTestCluster cluster = await StartAsync(2);
        var later = new FakeTimeProvider(cluster.Time.GetUtcNow() + TimeSpan.FromMinutes(1));
        byte[] seed = cluster[0].Identity.ToBytes();
        using Identity ahead = Identity.FromSeed(seed, later);
        PermissionToken notYet = ahead.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        PermissionToken shortLived = Grant(cluster, 1, TimeSpan.FromSeconds(2));
        Assert.Equal(AckReason.Unauthorized, await RefusalAsync(cluster, 1, TokenChain.Of(notYet)));
        cluster.Run(TimeSpan.FromSeconds(2)); // its end is exclusive
        Assert.Equal(AckReason.Unauthorized, await RefusalAsync(cluster, 1, TokenChain.Of(shortLived)));
        cluster.Run(TimeSpan.FromMinutes(1));
        Assert.Null(await RefusalAsync(cluster, 1, TokenChain.Of(notYet)));
    }

    [Fact]
    public async Task A_delegation_that_is_too_long_or_widens_opens_nothing()
    {
        await using MeshTestCluster cluster = await StartAsync(4);
        PermissionToken root = cluster[0].Identity.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe | TokenScope.Delegate, Gated, TimeSpan.FromHours(1), delegationDepth: 1);
        PermissionToken second = cluster[1].Identity.DelegateToken(root, cluster[2].Identity.EntityId, TokenScope.Subscribe | TokenScope.Delegate);
        Assert.Equal(TokenError.DelegationExhausted, Assert.Throws<TokenException>(() => cluster[2].Identity.DelegateToken(second, cluster[3].Identity.EntityId, TokenScope.Subscribe)).Error);

        // What the honest call refuses, the dishonest one signs by itself: a token of its own with the depth it likes.
        PermissionToken forged = cluster[2].Identity.IssueToken(cluster[3].Identity.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5));
        Assert.Equal(AckReason.Unauthorized, await RefusalAsync(cluster, 3, TokenChain.Create(root, second, forged)));
        PermissionToken longer = cluster[2].Identity.IssueToken(cluster[3].Identity.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromDays(30));
        Assert.Equal(AckReason.Unauthorized, await RefusalAsync(cluster, 3, TokenChain.Create(root, second, longer)));

        // Nine links are no chain at all.
        var raw = new byte[1 + (9 * PermissionToken.WireSize)];
        raw[0] = 9;
        for (int i = 0; i < 9; i++)
            root.AsSpan().CopyTo(raw.AsSpan(1 + (i * PermissionToken.WireSize)));
        Assert.False(TokenChain.TryParse(raw, out _));
        Assert.Null(await RefusalAsync(cluster, 2, TokenChain.Create(root, second)));
    }

    [Fact]
    public async Task A_token_that_is_revoked_in_the_middle_of_a_stream_gets_nothing_of_the_next_publish()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        PermissionToken token = Grant(cluster, 1);
        await using ChannelSubscription revoked = await cluster.SubscribeAsync(1, 0, Gated, new() { Token = token });
        await using ChannelSubscription kept = await cluster.SubscribeAsync(2, 0, Gated, new() { Token = Grant(cluster, 2) });
        for (int i = 0; i < 5; i++)
            Assert.Equal(2, (await cluster.PublishAsync(0, Gated, $"before {i}")).Delivered);
        cluster[0].Identity.Revoke(token);
        for (int i = 0; i < 5; i++)
            Assert.Equal((1, 1), await AttemptAsync(cluster, $"after {i}"));
        Assert.Equal(10, (await cluster.ReadAsync(kept, 10)).Count);
        Assert.Equal(5, (await cluster.ReadAsync(revoked, 5)).Count);
        cluster.Run(TimeSpan.FromSeconds(5));
        Assert.Equal(5, revoked.Received);
        Assert.Equal(AckReason.Unauthorized, await RefusalAsync(cluster, 1, TokenChain.Of(token), leaveFirst: true));
    }

    [Fact]
    [Trait("spec", "03 I8")]
    public async Task A_storm_of_subscribes_is_turned_away_and_others_do_not_notice()
    {
        await using MeshTestCluster cluster = await StartAsync(3, hostile: 1);
        var storm = new RawMember(cluster[1], cluster[0].NodeId);
        TokenChain worthless = TokenChain.Of(cluster[1].Identity.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe, Gated, TimeSpan.FromMinutes(5)));
        for (int i = 0; i < 2000; i++)
        {
            storm.Subscribe(Gated, worthless);
            if (i % 50 == 0)
                cluster.Run(TimeSpan.FromMilliseconds(5));
        }
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal(2000, storm.Answers.Count);
        Assert.Equal(16, storm.Answers.Count(answer => answer == AckReason.Unauthorized));
        Assert.All(storm.Answers.Skip(16), answer => Assert.Equal(AckReason.RateLimited, answer));
        ChannelDesk desk = cluster[0].Channels.Desk;
        Assert.Equal((0, 0, 0), (desk.Chains.Count, desk.Guard.Count, desk.Roster.ChannelCount));
        await using ChannelSubscription other = await cluster.SubscribeAsync(2, 0, Gated, new() { Token = Grant(cluster, 2) });
        Assert.Equal(1, (await cluster.PublishAsync(0, Gated, "quiet")).Delivered);

        cluster.Run(TimeSpan.FromSeconds(30));
        storm.Subscribe(Gated, TokenChain.Of(Grant(cluster, 1)));
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Null(storm.Answers[^1]); // what was refused is forgiven when its time is over
    }

    [Fact]
    [Trait("spec", "03 I1")]
    public async Task Malformed_membership_messages_get_no_answer_and_break_nothing()
    {
        await using MeshTestCluster cluster = await StartAsync(2, hostile: 1);
        var raw = new RawMember(cluster[1], cluster[0].NodeId);
        byte[] good = MembershipCodec.Encode(MembershipMessage.Subscribe(7, Open, default, "workers"));
        byte[][] bad =
        [
            [], [3], [0xFF], good[..8], good[..9], good[..11], [.. good, 0], [.. good[..9], 0, .. good[10..]],
            [.. good[..9], 200, .. good[10..]], [.. good[..10], 0xFF, .. good[11..]], [.. good[..10], (byte)'O', .. good[11..]],
            [2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0], [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9],
        ];
        foreach (byte[] message in bad)
            raw.Send(message);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Empty(raw.Answers);
        Assert.Empty(cluster[0].Channels.Subscribers(Open));
        raw.Send(good);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal([null], raw.Answers);
        Assert.Equal([cluster[1].NodeId], cluster[0].Channels.Subscribers(Open));
    }

    [Fact]
    [Trait("spec", "03 I6")]
    public async Task A_subscribe_that_somebody_recorded_and_sends_again_does_nothing()
    {
        await using MeshTestCluster cluster = await StartAsync(2, hostile: 1);
        var raw = new RawMember(cluster[1], cluster[0].NodeId);
        byte[]? recorded = null;
        cluster.Network.Tap = (in TappedDatagram datagram) =>
        {
            if (datagram.Fate == DatagramFate.Delivered && PacketHeader.TryParse(datagram.Bytes, out PacketHeader header)
                && header.SubprotocolId == SubprotocolId.ChannelMembership && recorded is null)
                recorded = datagram.Bytes.ToArray();
        };
        raw.Subscribe(Open);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Equal([null], raw.Answers);
        raw.Send(MembershipCodec.Encode(MembershipMessage.Unsubscribe(9, Open)));
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Empty(cluster[0].Channels.Subscribers(Open));

        var again = new DatagramBatch(2048);
        recorded.CopyTo(again.Reserve(recorded!.Length));
        again.Commit(recorded.Length, cluster.TransportOf(0).LocalAddress);
        cluster.TransportOf(1).Send(again);
        cluster.Run(TimeSpan.FromSeconds(1));
        Assert.Empty(cluster[0].Channels.Subscribers(Open));
        Assert.Equal(2, raw.Answers.Count);
    }

    /// <summary>Two names whose hashes agree in the 16 bits that a packet carries (spec 03 §3.2).</summary>
    [Fact]
    public async Task Channels_of_one_wire_hash_share_neither_grants_nor_messages()
    {
        ChannelName one = "reg/wcoll/141";
        ChannelName other = "reg/wcoll/576";
        Assert.Equal(one.WireHash, other.WireHash);
        await using MeshTestCluster cluster = await StartAsync(2);
        cluster[0].Channels.Register(new(one) { RequireToken = true });
        cluster[0].Channels.Register(new(other) { RequireToken = true });
        PermissionToken token = cluster[0].Identity.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe, one, TimeSpan.FromMinutes(5));
        await using ChannelSubscription granted = await cluster.SubscribeAsync(1, 0, one, new() { Token = token });
        var refused = await Assert.ThrowsAsync<ChannelRejectedException>(() => cluster.SubscribeAsync(1, 0, other, new() { Token = token }));
        Assert.Equal(AckReason.Unauthorized, refused.Reason);
        Assert.True((await cluster.PublishAsync(0, other, "secret")).IsEmpty);
        Assert.Equal(1, (await cluster.PublishAsync(0, one, "granted")).Delivered);
        Assert.Equal(["granted"], (await cluster.ReadAsync(granted, 1)).Texts());

        token = cluster[0].Identity.IssueToken(cluster[1].Identity.EntityId, TokenScope.Subscribe, other, TimeSpan.FromMinutes(5));
        await using ChannelSubscription both = await cluster.SubscribeAsync(1, 0, other, new() { Token = token });
        await cluster.PublishAsync(0, other, "other");
        await cluster.PublishAsync(0, one, "one");
        Assert.Equal(["one"], (await cluster.ReadAsync(granted, 1)).Texts());
        Assert.Equal(["other"], (await cluster.ReadAsync(both, 1)).Texts());
    }

    [Fact]
    public async Task What_a_peer_sends_on_a_channel_that_nobody_asked_it_for_reaches_no_subscription()
    {
        await using MeshTestCluster cluster = await StartAsync(3);
        await using ChannelSubscription subscription = await cluster.SubscribeAsync(1, 0, Open);
        Node.StreamPort port = cluster[2].Context.OpenStream(cluster[1].NodeId, StreamIds.ForChannel(Open.Hash.Value), null, new(Open.WireHash, cluster[0].Identity.OriginHash));
        Assert.Equal(SendStatus.Sent, port.TrySend("posing"u8.ToArray()));
        cluster.Run(TimeSpan.FromSeconds(1));
        await cluster.PublishAsync(0, Open, "real");
        Assert.Equal(["real"], (await cluster.ReadAsync(subscription, 1)).Texts());
    }

    private static async Task<MeshTestCluster> StartAsync(int nodes, int hostile = -1)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, 1, null, (index, builder) =>
        {
            if (index != hostile)
                builder.WithChannels();
        });
        await cluster.ConnectAllAsync();
        cluster[0].Channels.Register(new(Gated) { RequireToken = true });
        cluster[0].Channels.Register(new(Open));
        return cluster;
    }

    private static PermissionToken Grant(MeshTestCluster cluster, int subject, TimeSpan? ttl = null) =>
        cluster[0].Identity.IssueToken(cluster[subject].Identity.EntityId, TokenScope.Subscribe, Gated, ttl ?? TimeSpan.FromMinutes(5));

    private static async Task<(int Attempted, int Delivered)> AttemptAsync(MeshTestCluster cluster, string text)
    {
        PublishReport report = await cluster.PublishAsync(0, Gated, text);
        return (report.Attempted, report.Delivered);
    }

    // Why a peer is refused; null when it gets on, and leaves again.
    private static async Task<AckReason?> RefusalAsync(MeshTestCluster cluster, int subscriber, TokenChain chain, bool leaveFirst = false)
    {
        if (leaveFirst)
            await cluster.RunUntilCompletedAsync(cluster[subscriber].Channels.UnsubscribeAsync(cluster[0].NodeId, Gated), ChannelMesh.Limit);
        try
        {
            await using ChannelSubscription subscription = await cluster.SubscribeAsync(subscriber, 0, Gated, new() { Chain = chain });
            return null;
        }
        catch (ChannelRejectedException refused)
        {
            return refused.Reason;
        }
    }
}
