using System.Collections.Concurrent;
using Net.Mesh.Node;

namespace Net.Mesh.Rpc;

/// <summary>The counters of a node's calls: by service, and of what was dropped; and who is told of each call.</summary>
internal sealed class RpcMetrics
{
    /// <summary>Callers choose names of services, so there is an end to them (spec 07 T13).</summary>
    public const int MaxServices = 4096;

    public const string Overflow = "__overflow__";

    private readonly ConcurrentDictionary<string, ServiceMetrics> _services = new(StringComparer.Ordinal);
    private readonly long[] _dropped = new long[Enum.GetValues<RpcDrop>().Length];
    private int _count;

    /// <summary>Which node it is, in what is measured.</summary>
    public KeyValuePair<string, object?> NodeTag { get; private set; } = new("netmesh.node", "");

    public CallObserver Observer { get; } = new();

    public void Attach(MeshContext context)
    {
        NodeTag = new("netmesh.node", context.NodeId.ToString());
        Observer.Log = context.Log;
        Observer.Time = context.Time;
        RpcMeter.Add(this);
    }

    public Task DetachAsync(MeshContext context)
    {
        RpcMeter.Remove(this);
        return Observer.StopAsync(context.Options.DrainTimeout);
    }

    public ServiceMetrics For(string service)
    {
        if (_services.TryGetValue(service, out ServiceMetrics? known))
            return known;
        string name = Volatile.Read(ref _count) < MaxServices ? service : Overflow;
        if (_services.TryGetValue(name, out known))
            return known;
        var added = new ServiceMetrics(name, NodeTag);
        known = _services.GetOrAdd(name, added);
        if (known == added)
            Interlocked.Increment(ref _count);
        return known;
    }

    public void Dropped(RpcDrop reason) => Interlocked.Increment(ref _dropped[(int)reason]);

    public RpcMetricsSnapshot Snapshot() =>
        new([.. _services.Values.OrderBy(static service => service.Service, StringComparer.Ordinal).Select(static service => service.Snapshot())], Observer.Dropped);

    public long DroppedFor(RpcDrop reason) => Interlocked.Read(ref _dropped[(int)reason]);
}
