using NATS.Client.Core;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Transport;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Rpc;

/// <summary>NATS request-reply over TLS: a nats-server between two processes.</summary>
internal sealed class NatsRpcContender : IRpcContender
{
    private NatsServer? _server;
    private PeerProcess? _process;
    private NatsConnection? _connection;
    private string? _folder;

    public string Name => "NATS request-reply with TLS";

    public static NatsOpts OptionsFor(string url) => new()
    {
        Url = url,
        TlsOpts = new NatsTlsOpts { Mode = TlsMode.Require, InsecureSkipVerify = true },
        SubPendingChannelCapacity = 1 << 16,
    };

    public async ValueTask CallAsync(byte[] body, CancellationToken stop)
    {
        NatsMsg<NatsMemoryOwner<byte>> reply = await _connection!.RequestAsync<byte[], NatsMemoryOwner<byte>>(NatsRpcPeer.Subject, body, cancellationToken: stop);
        reply.Data.Dispose();
    }

    public Task<long> StreamAsync(int size, TimeSpan duration, CancellationToken stop) => throw new SkippedException("NATS has no streaming replies");

    public async Task StartAsync(CancellationToken stop)
    {
        if (_connection is not null)
            return;
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
        _process = await PeerProcess.StartAsync($"{NatsRpcPeer.Kind}@{_server.Url}", stop);
        _connection = new NatsConnection(OptionsFor(_server.Url));
        await _connection.ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        _process?.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The other end: answers what it is asked with the same.</summary>
internal sealed class NatsRpcPeer(string url) : IPeer
{
    public const string Kind = "nats-rpc";
    public const string Subject = "bench.echo";

    private readonly CancellationTokenSource _stop = new();
    private NatsConnection? _connection;

    public async Task<(int Port, string CertificateHash)> ListenAsync()
    {
        _connection = new NatsConnection(NatsRpcContender.OptionsFor(url));
        await _connection.ConnectAsync();
        INatsSub<NatsMemoryOwner<byte>> subscription = await _connection.SubscribeCoreAsync<NatsMemoryOwner<byte>>(Subject, cancellationToken: _stop.Token);
        await _connection.PingAsync(_stop.Token);
        _ = AnswerAsync(subscription);
        return (0, "-");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_connection is not null)
            await _connection.DisposeAsync();
        _stop.Dispose();
    }

    private async Task AnswerAsync(INatsSub<NatsMemoryOwner<byte>> subscription)
    {
        await foreach (NatsMsg<NatsMemoryOwner<byte>> message in subscription.Msgs.ReadAllAsync(_stop.Token))
        {
            using NatsMemoryOwner<byte> data = message.Data;
            await message.ReplyAsync(data.Memory, cancellationToken: _stop.Token);
        }
    }
}
