namespace Net.Mesh.Channels.Tests;

public sealed class RegistryTests
{
    private readonly ChannelConfigRegistry _configs = new();

    [Fact]
    [Trait("spec", "03 T3")]
    public void A_channel_that_is_registered_again_is_still_the_one_of_its_hash()
    {
        ChannelName name = "sensors/temp";
        _configs.Insert(new(name));
        _configs.Insert(new(name) { Priority = 7 });
        _configs.Insert(new(name) { Priority = 9 });
        Assert.True(_configs.TryGet(name.Hash, out ChannelConfig? config));
        Assert.Equal(9, config.Priority);
        Assert.True(_configs.TryGetByWireHash(name.WireHash, out _));
        Assert.Equal(9, _configs.Priority(name.Hash));
        Assert.True(_configs.Remove(name.Hash));
        Assert.False(_configs.TryGetByWireHash(name.WireHash, out _));
        Assert.False(_configs.TryGetByName(name, out _));
        Assert.Equal(0, _configs.Priority(name.Hash));
    }

    [Fact]
    public void One_of_several_channels_of_a_hash_is_never_picked()
    {
        ChannelName a = "a";
        var twin = new ChannelName("twin", a.Hash);
        _configs.Insert(new(a));
        _configs.Insert(new(twin));
        Assert.False(_configs.TryGet(a.Hash, out _));
        Assert.False(_configs.Remove(a.Hash));
        Assert.True(_configs.RemoveByName(twin));
        Assert.True(_configs.TryGet(a.Hash, out ChannelConfig? config));
        Assert.Equal(a, config.Name);
    }

    [Fact]
    public void The_longest_beginning_counts_and_a_name_of_its_own_before_it()
    {
        _configs.InsertPrefix("foo.", new("foo") { Priority = 1 });
        _configs.InsertPrefix("foo.bar.", new("foo") { Priority = 2 });
        _configs.Insert(new("foo.bar.own") { Priority = 3 });
        Assert.Equal(1, Priority("foo.x"));
        Assert.Equal(1, Priority("foo.bar"));
        Assert.Equal(2, Priority("foo.bar.x"));
        Assert.Equal(3, Priority("foo.bar.own"));
        Assert.Equal(-1, Priority("foo"));
        Assert.Equal(["foo.", "foo.bar."], _configs.SnapshotPrefixes().Select(pair => pair.Key));
        Assert.Equal(["foo.bar.own"], _configs.Snapshot().Select(config => config.Name.ToString()));
        Assert.True(_configs.RemovePrefix("foo.bar."));
        Assert.False(_configs.RemovePrefix("foo.bar."));
        Assert.Equal(1, Priority("foo.bar.x"));
        Assert.False(_configs.TryGet(ChannelName.Create("foo.x").Hash, out _));
    }

    [Fact]
    public void The_longest_beginning_is_what_looking_at_all_of_them_finds() =>
        Gen.Select(Gen.OneOf('a', 'b', '.').Array[1, 5].Select(c => new string(c)).Array[0, 12], Gen.OneOf('a', 'b', '.').Array[3, 8].Select(c => new string(c))).Sample((prefixes, text) =>
        {
            var configs = new ChannelConfigRegistry();
            foreach (string prefix in prefixes)
                configs.InsertPrefix(prefix, new("x") { MaxRatePerSecond = (uint)prefix.Length });
            if (!ChannelName.TryCreate(text, out ChannelName name, out _))
                return true;
            int longest = prefixes.Where(prefix => text.StartsWith(prefix, StringComparison.Ordinal)).Select(prefix => prefix.Length).DefaultIfEmpty(-1).Max();
            return (configs.TryGetByName(name, out ChannelConfig? found) ? (int)found.MaxRatePerSecond! : -1) == longest;
        }, iter: 500);

    [Fact]
    public void Names_are_registered_once_and_collide_on_hashes_in_the_open()
    {
        var names = new ChannelRegistry();
        ChannelName a = "a";
        var twin = new ChannelName("twin", a.Hash);
        Assert.Equal((new ChannelId(a), false), names.Register(a));
        Assert.Equal("already-exists", Assert.Throws<ChannelException>(() => names.Register(a)).Kind);
        Assert.True(names.Register(twin).HasCollision);
        Assert.Equal([a, twin], names.GetByHash(a.Hash));
        Assert.Equal([a, twin], names.GetAllByWireHash(a.WireHash));
        Assert.Equal(2, names.Count);
        Assert.True(names.Remove(a));
        Assert.False(names.Remove(a));
        Assert.Null(names.Get(a));
        Assert.Equal([twin], names.GetByHash(a.Hash));
        Assert.Empty(names.GetAllByWireHash(1));
    }

    [Fact]
    public void A_channel_is_open_to_all_everywhere_unless_it_says_otherwise()
    {
        var config = new ChannelConfig("a");
        Assert.Equal((Visibility.Global, false, (byte)0, false), (config.Visibility, config.TokenRequired, config.Priority, config.Reliable));
        Assert.Null(config.PublishCaps ?? config.SubscribeCaps);
        Assert.Null(config.MaxRatePerSecond);
        using Identity owner = Identity.Generate();
        Assert.True((config with { TokenRoots = [owner.EntityId] }).TokenRequired);
        Assert.True(config.WithTokenRoots(owner.EntityId).RequireToken);
        Assert.True((config with { RequireToken = true }).IsClosed);
        Assert.True((config with { RequireToken = true }).RootedIn(owner.EntityId).IsRoot(owner.EntityId));
        Assert.Same(config, config.RootedIn(owner.EntityId));
    }

    private int Priority(ChannelName name) => _configs.TryGetByName(name, out ChannelConfig? config) ? config.Priority : -1;
}
