using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Bus.Brokers;

/// <summary>A server to write to: the one that an environment variable names, or a private one that is started when it is first needed.</summary>
internal sealed class BrokerServer(string variable, string program, Func<ServerProcess> create, Func<ServerProcess, string> address) : IAsyncDisposable
{
    private string? _address = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } configured ? configured : null;
    private ServerProcess? _server;

    public async Task<string> GetAddressAsync()
    {
        if (_address is null)
        {
            try
            {
                _server = create();
            }
            catch (Exception e) when (e is not OutOfMemoryException) // what a test would be skipped with
            {
                throw new SkippedException($"{program} is not installed; install it, or name a server in {variable}");
            }
            await _server.StartAsync();
            _address = address(_server);
        }
        return _address;
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}
