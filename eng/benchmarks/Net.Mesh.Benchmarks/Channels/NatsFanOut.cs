using System.Diagnostics;
using NATS.Client.Core;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>NATS core over TLS: a nats-server of its own, a connection for each side, buffers so large that nothing is dropped.</summary>
internal sealed class NatsFanOut : IFanOut
{
    private const int BatchSize = 100;

    private readonly Arrivals _arrivals = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<NatsConnection> _connections = [];
    private NatsConnection? _publisher;
    private NatsServer? _server;
    private NatsOpts? _options;
    private string? _folder;
    private int _count;

    public async Task<double> DeliveriesPerSecondAsync(int subscribers, int size, TimeSpan duration, CancellationToken stop)
    {
        await StartAsync(subscribers, stop);
        var message = new byte[size];
        _arrivals.Start();
        long published = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            for (int i = 0; i < BatchSize; i++)
                await _publisher!.PublishAsync("bench", message, cancellationToken: stop);
            published += BatchSize;
            // The server drops whoever falls far behind; as on the other side, the publisher waits for the subscribers.
            while ((published * subscribers) - _arrivals.Count > 8000L * subscribers)
                await Task.Yield();
        }
        await _arrivals.WaitForAsync(published * subscribers, stop);
        return _arrivals.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (NatsConnection connection in _connections)
            await connection.DisposeAsync();
        if (_publisher is not null)
            await _publisher.DisposeAsync();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
        _stop.Dispose();
    }

    private async Task StartAsync(int subscribers, CancellationToken stop)
    {
        if (_publisher is null)
        {
            _folder = Directory.CreateTempSubdirectory("netmesh-bench").FullName;
            (string certificate, string key) = SelfSigned.WritePem(_folder);
            try
            {
                _server = new NatsServer("--tls", "--tlscert", certificate, "--tlskey", key);
            }
            catch (Exception e) when (e is not OutOfMemoryException) // what a test would be skipped with
            {
                throw new SkippedException("nats-server is not installed");
            }
            await _server.StartAsync();
            _options = new NatsOpts
            {
                Url = _server.Url,
                TlsOpts = new NatsTlsOpts { Mode = TlsMode.Require, InsecureSkipVerify = true },
                SubPendingChannelCapacity = 1 << 20,
            };
            _publisher = new NatsConnection(_options);
            await _publisher.ConnectAsync();
        }
        for (; _count < subscribers; _count++)
        {
            var connection = new NatsConnection(_options!);
            _connections.Add(connection);
            await connection.ConnectAsync();
            INatsSub<NatsMemoryOwner<byte>> subscription = await connection.SubscribeCoreAsync<NatsMemoryOwner<byte>>("bench", cancellationToken: stop);
            await connection.PingAsync(stop);
            _ = ReadAsync(subscription);
        }
    }

    private async Task ReadAsync(INatsSub<NatsMemoryOwner<byte>> subscription)
    {
        await foreach (NatsMsg<NatsMemoryOwner<byte>> message in subscription.Msgs.ReadAllAsync(_stop.Token))
        {
            message.Data.Dispose();
            _arrivals.Add();
        }
    }
}
