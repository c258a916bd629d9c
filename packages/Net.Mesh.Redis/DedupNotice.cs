using Microsoft.Extensions.Logging;

namespace Net.Mesh.Redis;

/// <summary>Tells once what Redis does not do about duplicates (spec 05 §9.6).</summary>
internal sealed class DedupNotice
{
    private int _isLogged;

    /// <summary>The one that all adapters of this process share.</summary>
    public static DedupNotice OfProcess { get; } = new();

    public void LogOnce(ILogger logger)
    {
        if (Interlocked.Exchange(ref _isLogged, 1) == 0)
            RedisLog.DedupContract(logger);
    }
}
