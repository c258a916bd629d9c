namespace Net.Mesh.Channels.Tests;

public sealed class RosterTests
{
    private static readonly ChannelName Channel = "svc/req";

    private readonly SubscriberRoster _roster = new();

    [Fact]
    public void Adding_again_changes_nothing_and_another_way_moves()
    {
        var peer = new NodeId(1);
        Assert.Equal(RosterChange.Added, _roster.Add(Channel, peer));
        Assert.Equal(RosterChange.None, _roster.Add(Channel, peer));
        Assert.Equal(RosterChange.Moved, _roster.Add(Channel, peer, "workers"));
        Assert.Equal(RosterChange.None, _roster.Add(Channel, peer, "workers"));
        Assert.Equal(RosterChange.Moved, _roster.Add(Channel, peer, "others"));
        Assert.Equal([peer], _roster.Members(Channel));
        Assert.Equal([peer], Dispatch());
        Assert.Equal(1, _roster.ChannelsOf(peer));
        Assert.Equal(RosterChange.Moved, _roster.Add(Channel, peer));
        Assert.Equal([peer], Dispatch());
        Assert.True(_roster.Remove(Channel, peer));
        Assert.False(_roster.Remove(Channel, peer));
        Assert.Empty(Dispatch());
        Assert.Equal((0, 0), (_roster.ChannelCount, _roster.ChannelsOf(peer)));
    }

    [Fact]
    public void Members_of_a_group_take_turns_and_everyone_else_gets_everything()
    {
        var logger = new NodeId(99);
        _roster.Add(Channel, logger);
        for (ulong worker = 1; worker <= 4; worker++)
            _roster.Add(Channel, new(worker), "workers");
        var counts = new Dictionary<NodeId, int>();
        for (int publish = 0; publish < 40; publish++)
        {
            NodeId[] recipients = Dispatch();
            Assert.Equal(2, recipients.Distinct().Count());
            foreach (NodeId recipient in recipients)
                counts[recipient] = counts.GetValueOrDefault(recipient) + 1;
        }
        Assert.Equal(40, counts[logger]);
        Assert.All(Enumerable.Range(1, 4), worker => Assert.Equal(10, counts[new((ulong)worker)]));
        Assert.Equal(5, _roster.Members(Channel).Count);
    }

    [Fact]
    public void Turns_go_on_where_they_were_when_somebody_else_joins()
    {
        _roster.Add(Channel, new(1), "workers");
        _roster.Add(Channel, new(2), "workers");
        Assert.Equal([new NodeId(1)], Dispatch());
        _roster.Add(Channel, new(99));
        Assert.Equal([new NodeId(99), new NodeId(2)], Dispatch());
    }

    [Fact]
    [Trait("spec", "03 T7"), Trait("spec", "03 I9")]
    public void At_the_cap_what_a_peer_has_stays_open_to_it()
    {
        var peer = new NodeId(1);
        Assert.Equal(RosterChange.Added, _roster.Add("a", peer, maxChannelsPerPeer: 2));
        Assert.Equal(RosterChange.Added, _roster.Add("b", peer, "workers", maxChannelsPerPeer: 2));
        Assert.Equal(RosterChange.CapReached, _roster.Add("c", peer, maxChannelsPerPeer: 2));
        Assert.Equal(RosterChange.None, _roster.Add("a", peer, maxChannelsPerPeer: 2));
        Assert.Equal(RosterChange.Moved, _roster.Add("b", peer, maxChannelsPerPeer: 2));
        Assert.Equal(2, _roster.ChannelCount);
    }

    [Fact]
    [Trait("spec", "03 T9")]
    public void A_peer_that_changes_its_group_on_and_on_leaves_no_groups_behind()
    {
        var subscribers = new ChannelSubscribers();
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(subscribers.Add(new(1), $"group-{i}"));
            Assert.Equal(1, subscribers.GroupCount);
        }
        subscribers.Remove(new(1));
        Assert.Equal(0, subscribers.GroupCount);
        Assert.True(subscribers.IsEmpty);
    }

    [Fact]
    public void A_peer_that_is_gone_is_gone_everywhere()
    {
        var peer = new NodeId(1);
        _roster.Add("a", peer);
        _roster.Add("b", peer, "workers");
        _roster.Add("b", new(2));
        Assert.Equal(["a", "b"], _roster.RemovePeer(peer).Order());
        Assert.Empty(_roster.RemovePeer(peer));
        Assert.Equal(1, _roster.ChannelCount);
        Assert.Equal([new NodeId(2)], _roster.Members("b"));
        Assert.Equal([(new NodeId(2), ChannelName.Create("b"))], _roster.Snapshot());
    }

    [Fact]
    [Trait("spec", "03 T8")]
    public void No_subscription_is_lost_to_a_channel_that_empties_in_the_same_moment()
    {
        // One peer comes and goes, so that the channel keeps emptying, while others join for good.
        for (int round = 0; round < 200; round++)
        {
            var roster = new SubscriberRoster();
            Parallel.Invoke(
                () =>
                {
                    for (int i = 0; i < 20; i++)
                    {
                        roster.Add(Channel, new(1));
                        roster.Remove(Channel, new(1));
                    }
                },
                () => roster.Add(Channel, new(2)),
                () => roster.Add(Channel, new(3), "workers"),
                () => roster.DispatchRecipients(Channel, []));
            Assert.Equal([new NodeId(2), new NodeId(3)], roster.Members(Channel));
            var recipients = new List<NodeId>();
            roster.DispatchRecipients(Channel, recipients);
            Assert.Equal([new NodeId(2), new NodeId(3)], recipients);
        }
    }

    [Fact]
    public void Any_coming_and_going_leaves_what_a_plain_list_has() =>
        Gen.Select(Gen.Int[0, 3], Gen.ULong[1, 5], Gen.Int[0, 2], Gen.OneOf<string?>(null, "g", "h")).Array[0, 60].Sample(steps =>
        {
            var roster = new SubscriberRoster();
            var model = new Dictionary<(ulong Peer, int Channel), string?>();
            foreach ((int action, ulong peer, int channel, string? group) in steps)
            {
                ChannelName name = $"c{channel}";
                if (action <= 1)
                {
                    roster.Add(name, new(peer), group);
                    model[(peer, channel)] = group;
                }
                else if (action == 2 && roster.Remove(name, new(peer)) != model.Remove((peer, channel)))
                {
                    return false;
                }
                else if (action == 3)
                {
                    roster.RemovePeer(new(peer));
                    foreach ((ulong Peer, int Channel) key in model.Keys.Where(key => key.Peer == peer).ToArray())
                        model.Remove(key);
                }
            }
            return Enumerable.Range(0, 3).All(channel =>
            {
                var recipients = new List<NodeId>();
                roster.DispatchRecipients($"c{channel}", recipients);
                ulong[] everywhere = [.. model.Where(pair => pair.Key.Channel == channel && pair.Value is null).Select(pair => pair.Key.Peer)];
                int groups = model.Where(pair => pair.Key.Channel == channel && pair.Value is not null).Select(pair => pair.Value).Distinct().Count();
                return roster.Members($"c{channel}").Select(peer => peer.Value).SequenceEqual(model.Keys.Where(key => key.Channel == channel).Select(key => key.Peer).Order())
                    && recipients.Count == everywhere.Length + groups
                    && everywhere.All(peer => recipients.Contains(new(peer)));
            }) && roster.ChannelCount == model.Keys.Select(key => key.Channel).Distinct().Count();
        }, iter: 300);

    private NodeId[] Dispatch()
    {
        var recipients = new List<NodeId>();
        _roster.DispatchRecipients(Channel, recipients);
        return [.. recipients];
    }
}
