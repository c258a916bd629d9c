using Net.Mesh.Testing;

namespace Net.Mesh.Capabilities.Tests.Mesh;

public sealed class ContributionTests
{
    [Fact]
    public async Task What_features_add_is_in_every_announcement_and_not_in_what_the_application_announced()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(2, 1, null, static (_, builder) => builder.WithCapabilities());
        await cluster.ConnectAsync(0, 1);
        MeshCapabilities capabilities = cluster[0].Capabilities;
        capabilities.Contribute("rpc", static set => set.WithTag("nrpc:echo"));
        await capabilities.AnnounceAsync(CapabilitySet.FromTags("mine"));
        capabilities.Contribute("channels", static set => set.WithTag("channel:a"));
        cluster.Run(TimeSpan.FromSeconds(11));
        Assert.Equal(CapabilitySet.FromTags("mine", "nrpc:echo", "channel:a"), cluster[1].Capabilities.Get(cluster[0].NodeId));
        Assert.Equal(CapabilitySet.FromTags("mine"), capabilities.Announced);

        capabilities.Contribute("rpc", null);
        cluster.Run(TimeSpan.FromSeconds(11));
        Assert.Equal(CapabilitySet.FromTags("mine", "channel:a"), cluster[1].Capabilities.Get(cluster[0].NodeId));
    }

    [Fact]
    public async Task A_contribution_that_does_not_fit_is_refused_and_the_one_before_stays()
    {
        await using MeshTestCluster cluster = await MeshTestCluster.StartAsync(1, 1, null, static (_, builder) => builder.WithCapabilities());
        MeshCapabilities capabilities = cluster[0].Capabilities;
        capabilities.Contribute("channels", static set => set.WithTag("channel:a"));
        CapabilityException refused = Assert.Throws<CapabilityException>(() => capabilities.Contribute("channels", static set => set.WithTag(new string('x', 9000))));
        Assert.Equal("announcement-too-large", refused.Kind);
        await capabilities.AnnounceAsync(CapabilitySet.FromTags("mine"));
        Assert.Equal(CapabilitySet.FromTags("mine", "channel:a"), capabilities.Get(cluster[0].NodeId));
    }
}
