using System.Collections.Concurrent;

namespace Net.Mesh.Rpc.Serving;

/// <summary>Cancellation sources that were not cancelled, to be used again: most calls are never cancelled. Thread-safe.</summary>
internal static class CancellationSources
{
    private const int MaxIdle = 1024;

    private static readonly ConcurrentQueue<CancellationTokenSource> Idle = new();

    public static CancellationTokenSource Rent() => Idle.TryDequeue(out CancellationTokenSource? source) ? source : new();

    /// <summary>Takes a source back that nobody cancels any more; who still listens to its token hears nothing.</summary>
    public static void Return(CancellationTokenSource source)
    {
        if (Idle.Count < MaxIdle && source.TryReset())
            Idle.Enqueue(source);
        else
            source.Dispose();
    }
}
