using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Net.Mesh.Crypto;
using Net.Mesh.Testing;

namespace Net.Mesh.Core.Tests.MeshAdapter;

/// <summary>Real sockets and the system's clock.</summary>
public sealed class LoopbackTests
{
    private static readonly IPEndPoint AnyPort = new(IPAddress.Loopback, 0);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Two_buses_on_loopback_exchange_events_both_ways(bool isReliable)
    {
        using StaticKeyPair key = StaticKeyPair.Generate();
        var responding = new MeshEventAdapter(Configured(MeshLinkOptions.Responder(AnyPort, null, LinkWorld.Psk, key), isReliable, waits: false));
        await using EventBus b = await StartAsync(responding);
        var initiating = new MeshEventAdapter(Configured(MeshLinkOptions.Initiator(AnyPort, responding.LocalAddress!, LinkWorld.Psk, key.PublicKey), isReliable, waits: true));
        await using EventBus a = await StartAsync(initiating);
        Assert.True(initiating.Statistics.IsSecure);

        int count = isReliable ? 20_000 : 200; // the kernel may drop of a burst what nobody sends again
        Task<HashSet<string>> atB = CollectAsync(b, count), atA = CollectAsync(a, count);
        a.EmitNumbers(0, count);
        b.EmitNumbers(1_000_000, count);
        Assert.Equal(TestBus.Numbers(0, count).ToHashSet(), await atB);
        Assert.Equal(TestBus.Numbers(1_000_000, count).ToHashSet(), await atA);
        Assert.Equal(count, (await b.PollAllAsync()).Count); // nothing twice, and reading took nothing away
        Assert.Equal(0, a.Statistics.EventsFailed);
    }

    [Fact]
    public async Task A_port_that_is_taken_fails_the_start_with_a_connection_error()
    {
        using StaticKeyPair key = StaticKeyPair.Generate();
        var first = new MeshEventAdapter(Configured(MeshLinkOptions.Responder(AnyPort, null, LinkWorld.Psk, key), true, waits: false));
        await using EventBus bus = await StartAsync(first);
        var second = new MeshEventAdapter(Configured(MeshLinkOptions.Responder(first.LocalAddress!, null, LinkWorld.Psk, key), true, waits: false));
        Assert.Equal(AdapterErrorKind.Connection, (await Assert.ThrowsAsync<AdapterException>(() => StartAsync(second))).ErrorKind);
    }

    [Fact]
    public async Task The_builders_join_a_bus_to_its_peer()
    {
        using StaticKeyPair key = StaticKeyPair.Generate();
        MeshLinkOptions options = Configured(MeshLinkOptions.Responder(AnyPort, null, LinkWorld.Psk, key), true, waits: false);
        await using (EventBus bus = await EventBus.CreateBuilder().UseMesh(options).BuildAsync(LinkWorld.Stop))
            Assert.Equal("net", bus.AdapterName);

        var services = new ServiceCollection();
        services.AddNetMesh().UseMesh(options);
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.IsType<MeshEventAdapter>(provider.GetRequiredService<IEventAdapter>());
        Assert.Throws<EventBusException>(() => services.AddNetMesh().UseMesh(MeshLinkOptions.Responder(AnyPort, null, [1], key)));
    }

    private static MeshLinkOptions Configured(MeshLinkOptions options, bool isReliable, bool waits)
    {
        options.IsReliable = isReliable;
        options.WaitForPeer = waits;
        return options;
    }

    private static Task<EventBus> StartAsync(MeshEventAdapter adapter) => TestBus.StartAsync(adapter, o => (o.Shards, o.BufferCapacity) = (4, 65_536));

    private static async Task<HashSet<string>> CollectAsync(EventBus bus, int count)
    {
        var texts = new HashSet<string>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(LinkWorld.Stop);
        limit.CancelAfter(Eventually.Limit);
        await foreach (StoredEvent e in bus.SubscribeAsync(cancellationToken: limit.Token))
        {
            texts.Add(e.GetString());
            if (texts.Count == count)
                break;
        }
        return texts;
    }
}
