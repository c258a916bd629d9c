using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>
/// One way to a destination. The address never changes, so whoever reads the object without a lock reads a whole one; only
/// the route's lock writes the rest.
/// </summary>
internal sealed class RoutePath(in DatagramAddress nextHop, ushort metric, long confirmedAt)
{
    private readonly DatagramAddress _nextHop = nextHop;
    private long _confirmedAt = confirmedAt;

    public ref readonly DatagramAddress NextHop => ref _nextHop;

    public ushort Metric { get; private set; } = metric;

    public long ConfirmedAt => Volatile.Read(ref _confirmedAt);

    public bool IsVia(in DatagramAddress address) => _nextHop == address;

    /// <summary>Spec 02 §9: a metric only ever falls, and every confirmation keeps the way alive.</summary>
    public void Confirm(ushort metric, long now)
    {
        Metric = Math.Min(Metric, metric);
        Volatile.Write(ref _confirmedAt, now);
    }
}
