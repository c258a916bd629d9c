using Net.Mesh.TestSupport;

namespace Net.Mesh.Docs.Tests;

/// <summary>Gives a block the servers and folders that it names: private ones, under the addresses the page shows.</summary>
public sealed class PrivateServers : IAsyncDisposable
{
    private RedisServer? _redis;
    private NatsServer? _nats;
    private DirectoryInfo? _folder;

    public async Task<string> ReplaceAsync(string source)
    {
        if (source.Contains("localhost:6379", StringComparison.Ordinal))
        {
            _redis = await RedisServer.StartNewAsync();
            source = source.Replace("localhost:6379", _redis.Endpoint, StringComparison.Ordinal);
        }
        if (source.Contains("nats://localhost:4222", StringComparison.Ordinal))
        {
            _nats = await NatsServer.StartNewAsync();
            source = source.Replace("nats://localhost:4222", _nats.Url, StringComparison.Ordinal);
        }
        if (source.Contains("/var/lib/app", StringComparison.Ordinal))
        {
            _folder = Directory.CreateTempSubdirectory("netmesh-docs-");
            source = source.Replace("/var/lib/app", _folder.FullName.Replace('\\', '/'), StringComparison.Ordinal);
        }
        return source;
    }

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
            await _redis.DisposeAsync();
        if (_nats is not null)
            await _nats.DisposeAsync();
        _folder?.Delete(recursive: true);
    }
}
