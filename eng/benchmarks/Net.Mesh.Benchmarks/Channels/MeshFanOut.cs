using System.Diagnostics;
using Net.Mesh.Channels;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>Nodes of the secure profile on loopback; a reliable channel, published in batches.</summary>
internal sealed class MeshFanOut : IFanOut
{
    private const int BatchSize = 100;
    private static readonly byte[] Psk = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly PublishOptions Reliably = new() { Reliability = Reliability.Reliable, Patience = TimeSpan.FromSeconds(30) };

    private readonly List<MeshNode> _subscribers = [];
    private readonly List<Task> _reading = [];
    private readonly Arrivals _arrivals = new();
    private readonly CancellationTokenSource _stop = new();
    private MeshNode? _publisher;
    private int _count;

    public async Task<double> DeliveriesPerSecondAsync(int subscribers, int size, TimeSpan duration, CancellationToken stop)
    {
        await StartAsync(subscribers, stop);
        var message = new byte[size];
        ReadOnlyMemory<byte>[] batch = [.. Enumerable.Repeat<ReadOnlyMemory<byte>>(message, BatchSize)];
        _arrivals.Start();
        long published = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            PublishReport report = await _publisher!.Channels.PublishManyAsync("bench", batch, Reliably, stop);
            if (!report.AllDelivered)
                throw new InvalidOperationException(report.Errors[0].Message);
            published += BatchSize;
        }
        await _arrivals.WaitForAsync(published * subscribers, stop);
        return _arrivals.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (MeshNode node in _subscribers)
            await node.DisposeAsync();
        if (_publisher is not null)
            await _publisher.DisposeAsync();
        _stop.Dispose();
    }

    private async Task StartAsync(int subscribers, CancellationToken stop)
    {
        if (_publisher is null)
        {
            _publisher = await MeshNode.CreateBuilder("127.0.0.1:0", Psk).WithChannels().Configure(options => options.HandshakesPerSecondPerSource = 1000).BuildAsync(stop);
            _publisher.Channels.Register(new("bench"));
        }
        if (_count == subscribers)
            return;
        if (_count > subscribers)
            throw new InvalidOperationException("the numbers of subscribers have to grow.");
        for (; _count < subscribers; _count++)
        {
            MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Psk).WithChannels().BuildAsync(stop);
            _subscribers.Add(node);
            await node.Peers.ConnectAsync(_publisher.Ticket, stop);
            ChannelSubscription subscription = await node.Channels.SubscribeAsync(_publisher.NodeId, "bench", cancellationToken: stop);
            _reading.Add(ReadAsync(subscription));
        }
    }

    private async Task ReadAsync(ChannelSubscription subscription)
    {
        await foreach (ChannelMessage _ in subscription.ReadAllAsync(_stop.Token))
            _arrivals.Add();
    }
}
