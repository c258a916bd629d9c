using System.Collections.Concurrent;
using System.Security.Cryptography;
using Net.Mesh.Rpc.Transport;

namespace Net.Mesh.Rpc.Calling;

/// <summary>The calls of a node that are not over, by their ids. Thread-safe.</summary>
internal sealed class CallTable(int capacity)
{
    private const int IdsAtOnce = 64;

    [ThreadStatic]
    private static ulong[]? s_ids;

    [ThreadStatic]
    private static int s_nextId;

    private readonly ConcurrentDictionary<ulong, PendingCall> _calls = [];
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Adds a call under an id that nobody can guess (spec 07 T7).</summary>
    /// <exception cref="RpcTransportException">There are too many already.</exception>
    public void Add(PendingCall call)
    {
        if (Interlocked.Increment(ref _count) > capacity)
        {
            Interlocked.Decrement(ref _count);
            throw new RpcTransportException($"{capacity} calls are unanswered already; wait for some, or raise {nameof(RpcOptions)}.{nameof(RpcOptions.MaxPendingCalls)}.");
        }
        do
            call.Key = NextId();
        while (!_calls.TryAdd(call.Key, call));
    }

    public bool TryGet(ulong id, out PendingCall? call) => _calls.TryGetValue(id, out call);

    /// <summary>Takes a call out; only one of those who try succeeds.</summary>
    public bool TryTake(ulong id, PendingCall call)
    {
        if (!_calls.TryRemove(KeyValuePair.Create(id, call)))
            return false;
        Interlocked.Decrement(ref _count);
        return true;
    }

    /// <summary>Ends the calls that a condition is true of.</summary>
    public void FailWhere(Func<PendingCall, bool> condition, Func<PendingCall, Exception> why, TimeWheel wheel)
    {
        foreach ((ulong id, PendingCall call) in _calls)
        {
            if (!condition(call) || !TryTake(id, call))
                continue;
            wheel.Remove(call);
            call.Fail(why(call));
        }
    }

    // Random numbers cost less by the block.
    private static ulong NextId()
    {
        s_ids ??= new ulong[IdsAtOnce];
        if (s_nextId == 0)
        {
            RandomNumberGenerator.Fill(System.Runtime.InteropServices.MemoryMarshal.AsBytes(s_ids.AsSpan()));
            s_nextId = IdsAtOnce;
        }
        return s_ids[--s_nextId];
    }
}
