using System.Text;
using Net.Mesh.Testing;

namespace Net.Mesh.Channels.Tests.Mesh;

/// <summary>Short words for tests of channels on the simulated mesh.</summary>
internal static class ChannelMesh
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(40);

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);

    /// <summary>Nodes in a full mesh, all of which take part in channels.</summary>
    public static async Task<MeshTestCluster> StartAsync(int nodes, int seed = 1, LinkProfile? profile = null, Action<ChannelOptions>? channels = null, Action<MeshNodeOptions>? node = null)
    {
        MeshTestCluster cluster = await MeshTestCluster.StartAsync(nodes, seed, profile, (_, builder) => builder.WithChannels(channels).Configure(options => node?.Invoke(options)));
        await cluster.ConnectAllAsync();
        return cluster;
    }

    public static async Task<T> RunAsync<T>(this MeshTestCluster cluster, Task<T> task, TimeSpan? limit = null)
    {
        await cluster.RunUntilCompletedAsync(task, limit ?? Limit);
        return await task;
    }

    public static Task<ChannelSubscription> SubscribeAsync(this MeshTestCluster cluster, int subscriber, int publisher, ChannelName channel, ChannelSubscribeOptions? options = null) =>
        cluster.RunAsync(cluster[subscriber].Channels.SubscribeAsync(cluster[publisher].NodeId, channel, options));

    public static Task<PublishReport> PublishAsync(this MeshTestCluster cluster, int publisher, ChannelName channel, string text, PublishOptions? options = null) =>
        cluster.RunAsync(cluster[publisher].Channels.PublishAsync(channel, Encoding.UTF8.GetBytes(text), options).AsTask());

    /// <summary>Reads so many messages, letting time pass meanwhile.</summary>
    public static async Task<List<ChannelMessage>> ReadAsync(this MeshTestCluster cluster, ChannelSubscription subscription, int count, TimeSpan? limit = null)
    {
        var read = new List<ChannelMessage>();
        using var stop = new CancellationTokenSource();
        Task reading = ReadAsync();
        await cluster.RunUntilCompletedAsync(reading, limit ?? Limit);
        return read;

        async Task ReadAsync()
        {
            if (count == 0)
                return;
            await foreach (ChannelMessage message in subscription.ReadAllAsync(stop.Token))
            {
                read.Add(message with { Payload = message.Payload.ToArray() });
                if (read.Count == count)
                    return;
            }
        }
    }

    public static string[] Texts(this IEnumerable<ChannelMessage> messages) => [.. messages.Select(message => message.GetString())];
}
