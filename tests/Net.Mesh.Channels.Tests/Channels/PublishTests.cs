namespace Net.Mesh.Channels.Tests;

public sealed class PublishTests : IDisposable
{
    private static readonly ChannelName Channel = "sensors/temp";

    private readonly World _world = new();

    [Fact]
    [Trait("spec", "03 I13")]
    public void Without_a_grant_nothing_is_published()
    {
        ChannelConfig config = new ChannelConfig(Channel).WithTokenRoots(_world.Other.EntityId);
        Assert.Equal(PublishDenial.Token, Decide(config));
        ChannelException denied = Assert.Throws<ChannelException>(() => PublishGate.ThrowIfDenied(config, Channel, _world.Publisher, CapabilitySet.Empty, null, _world.Time.GetUtcNow()));
        Assert.Equal("publish-denied", denied.Kind);
        Assert.Contains("publish denied by channel ACL", denied.Message, StringComparison.Ordinal);
        Assert.Equal(PublishDenial.None, Decide(null));
        Assert.Equal(PublishDenial.None, Decide(new(Channel)));
        Assert.Equal(PublishDenial.Token, Decide(new(Channel) { RequireToken = true }));
        PublishGate.ThrowIfDenied(new(Channel), Channel, _world.Publisher, CapabilitySet.Empty, null, _world.Time.GetUtcNow());
    }

    [Fact]
    public void A_grant_in_the_cache_opens_and_one_to_subscribe_does_not()
    {
        ChannelConfig config = new ChannelConfig(Channel).WithTokenRoots(_world.Other.EntityId);
        _world.Publisher.InstallToken(Grant(TokenScope.Subscribe));
        Assert.Equal(PublishDenial.Token, Decide(config));
        _world.Publisher.InstallToken(_world.Subscriber.IssueToken(_world.Publisher.EntityId, TokenScope.Publish | TokenScope.Admin, Channel, TimeSpan.FromHours(1)));
        Assert.Equal(PublishDenial.Token, Decide(config)); // of an issuer that does not count
        _world.Publisher.InstallToken(Grant(TokenScope.Publish));
        Assert.Equal(PublishDenial.None, Decide(config));
        _world.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(PublishDenial.Token, Decide(config));
    }

    [Fact]
    public void Whose_word_counts_needs_no_grant_from_itself() =>
        Assert.Equal(PublishDenial.None, Decide(new ChannelConfig(Channel) { RequireToken = true }.RootedIn(_world.Publisher.EntityId)));

    [Fact]
    public void A_publisher_that_was_handed_its_grant_has_to_install_the_chain()
    {
        ChannelConfig config = new ChannelConfig(Channel).WithTokenRoots(_world.Other.EntityId);
        PermissionToken root = _world.Other.IssueToken(_world.Subscriber.EntityId, TokenScope.Publish | TokenScope.Delegate, Channel, TimeSpan.FromHours(1), delegationDepth: 1);
        PermissionToken leaf = _world.Subscriber.DelegateToken(root, _world.Publisher.EntityId, TokenScope.Publish);
        _world.Publisher.InstallToken(leaf);
        Assert.Equal(PublishDenial.Token, Decide(config));
        TokenChain chain = TokenChain.Of(root).Append(leaf);
        Assert.Equal(PublishDenial.None, Decide(config, chain));
        _world.Publisher.Revocations.RevokeBelow(_world.Other.EntityId, 1);
        Assert.Equal(PublishDenial.Token, Decide(config, chain));
    }

    [Fact]
    public void A_publisher_has_to_have_what_it_asks_of_publishers()
    {
        Assert.Equal(PublishDenial.Capabilities, Decide(new(Channel) { PublishCaps = new CapabilityFilter().RequireTag("publisher") }));
        Assert.Equal(PublishDenial.None, Decide(new(Channel) { PublishCaps = new CapabilityFilter().RequireTag("publisher") }, announced: CapabilitySet.FromTags("publisher")));
    }

    [Fact]
    public void A_report_says_when_all_failed_and_to_nobody_is_to_all()
    {
        Assert.True(PublishReport.Empty is { AllDelivered: true, IsEmpty: true });
        PublishError[] errors = [new(new(7), SendStatus.Backpressure, "stream backpressured"), new(new(8), SendStatus.NotConnected, "no session")];
        var failed = new PublishReport(2, 0, errors);
        ChannelException error = Assert.Throws<ChannelException>(() => failed.Judge(OnFailure.BestEffort));
        Assert.Equal("all-peers-failed", error.Kind);
        Assert.Equal("all 2 peers failed (first: 0x0000000000000007: stream backpressured)", error.Message);
        Assert.Same(failed, failed.Judge(OnFailure.Collect));
        Assert.Same(failed, failed.Judge(OnFailure.FailFast));
        var partly = new PublishReport(3, 1, errors);
        Assert.Same(partly, partly.Judge(OnFailure.BestEffort));
        Assert.False(partly.AllDelivered);
        Assert.Same(PublishReport.Empty, PublishReport.Empty.Judge(OnFailure.BestEffort));
        Assert.Equal((OnFailure.BestEffort, 32, null), (new PublishOptions().OnFailure, new PublishOptions().MaxInFlight, new PublishOptions().Reliability));
    }

    [Fact]
    public void What_is_presented_is_a_chain_also_for_one_token()
    {
        PermissionToken token = Grant(TokenScope.Subscribe);
        Assert.Empty(new ChannelSubscribeOptions().Credential());
        byte[] sent = new ChannelSubscribeOptions { Token = token }.Credential();
        Assert.Equal([1, .. token.ToBytes()], sent);
        Assert.Equal(sent, new ChannelSubscribeOptions { Chain = TokenChain.Of(token) }.Credential());
        Assert.Throws<ArgumentException>(() => new ChannelSubscribeOptions { Token = token, Chain = TokenChain.Of(token) }.Credential());
    }

    [Fact]
    public void A_refusal_carries_its_reason()
    {
        var refused = new ChannelRejectedException(Channel, new(7), AckReason.UnknownChannel);
        Assert.Equal(("rejected", AckReason.UnknownChannel, Channel), (refused.Kind, refused.Reason, refused.Channel));
        Assert.Contains("no such channel", refused.Message, StringComparison.Ordinal);
        Assert.Contains("no reason", new ChannelRejectedException(Channel, new(7), null).Message, StringComparison.Ordinal);
    }

    private PermissionToken Grant(TokenScope scope) => _world.Other.IssueToken(_world.Publisher.EntityId, scope, Channel, TimeSpan.FromHours(1));

    private PublishDenial Decide(ChannelConfig? config, TokenChain? chain = null, CapabilitySet? announced = null) =>
        PublishGate.Decide(config, Channel, _world.Publisher, announced ?? CapabilitySet.Empty, chain, _world.Time.GetUtcNow());

    public void Dispose() => _world.Dispose();
}
