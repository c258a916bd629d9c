using System.Collections.Concurrent;
using Net.Mesh.Cortex;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>The stores of logs that the lines have opened, by the name that the lines give them. They need no node.</summary>
internal sealed class LogStores : IAsyncDisposable
{
    /// <summary>The store of lines that name none.</summary>
    public const string Default = "default";

    private readonly ConcurrentDictionary<string, Lazy<Redex>> _stores = [];

    /// <summary>A store, made when absent; the directory of the first open counts.</summary>
    public Redex Open(string name, string? directory) =>
        _stores.GetOrAdd(name, _ => new(() => new Redex(new RedexOptions { PersistentDirectory = directory, RetentionSweepInterval = TimeSpan.Zero }))).Value;

    /// <summary>A log that is open.</summary>
    /// <exception cref="OperationException">It is not.</exception>
    public RedexFile File(string store, ChannelName channel) =>
        _stores.TryGetValue(store, out Lazy<Redex>? redex) && redex.Value.TryGetFile(channel, out RedexFile? file)
            ? file
            : throw new OperationException("invalid", "redex_open first");

    /// <summary>A store that is there.</summary>
    public Redex? Find(string name) => _stores.TryGetValue(name, out Lazy<Redex>? redex) ? redex.Value : null;

    /// <summary>Closes a store and forgets it.</summary>
    public async Task ForgetAsync(string name)
    {
        if (_stores.TryRemove(name, out Lazy<Redex>? redex))
            await redex.Value.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string name in _stores.Keys)
            await ForgetAsync(name);
    }
}
