using System.Collections.Concurrent;
using Net.Mesh.Rpc;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>The calls that a script can steer while they run: grant to them, and cancel them. Thread-safe.</summary>
internal sealed class RunningCalls
{
    private readonly ConcurrentDictionary<ulong, Entry> _calls = [];
    private long _lastUnary;

    /// <summary>A number for a unary call, whose own is not shown.</summary>
    public ulong NextUnary() => (ulong)Interlocked.Increment(ref _lastUnary);

    /// <summary>Takes a call in; disposing of the result takes it out.</summary>
    public IDisposable Add(ulong id, CancellationTokenSource cancelling, Action<uint>? grant)
    {
        var entry = new Entry(this, id, cancelling, grant);
        _calls[id] = entry;
        return entry;
    }

    /// <summary>Cancels a call; whether there is one.</summary>
    public bool Cancel(ulong id)
    {
        if (!_calls.TryGetValue(id, out Entry? entry))
            return false;
        entry.Cancelling.Cancel();
        return true;
    }

    /// <summary>Lets the server send more.</summary>
    public void Grant(ulong id, uint credits)
    {
        if (!_calls.TryGetValue(id, out Entry? entry) || entry.Grant is null)
            throw new OperationException("invalid", $"No stream of the number 0x{id:x} is running.");
        entry.Grant(credits);
    }

    private sealed record Entry(RunningCalls Calls, ulong Id, CancellationTokenSource Cancelling, Action<uint>? Grant) : IDisposable
    {
        public void Dispose() => Calls._calls.TryRemove(Id, out _);
    }
}
