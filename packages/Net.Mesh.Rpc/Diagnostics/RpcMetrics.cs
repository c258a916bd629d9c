using System.Collections.Concurrent;

namespace Net.Mesh.Rpc;

/// <summary>The counters of a node's calls: by service, and of what was dropped.</summary>
internal sealed class RpcMetrics
{
    private const int MaxServices = 4096;
    private const string Overflow = "__overflow__";

    private readonly ConcurrentDictionary<string, ServiceMetrics> _services = new(StringComparer.Ordinal);
    private readonly long[] _dropped = new long[Enum.GetValues<RpcDrop>().Length];

    public ServiceMetrics For(string service) => _services.TryGetValue(service, out ServiceMetrics? known)
        ? known
        : _services.GetOrAdd(_services.Count < MaxServices ? service : Overflow, static name => new ServiceMetrics(name));

    public void Dropped(RpcDrop reason) => Interlocked.Increment(ref _dropped[(int)reason]);

    public RpcMetricsSnapshot Snapshot(long observerDropped) =>
        new([.. _services.Values.OrderBy(static service => service.Service, StringComparer.Ordinal).Select(static service => service.Snapshot())], observerDropped);

    public long DroppedFor(RpcDrop reason) => Interlocked.Read(ref _dropped[(int)reason]);
}
