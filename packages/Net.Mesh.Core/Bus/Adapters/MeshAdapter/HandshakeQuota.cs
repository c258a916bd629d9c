using Net.Mesh.Transport;

namespace Net.Mesh.Bus;

/// <summary>
/// How many first messages reach the expensive part: 5 per source and second as in the reference (spec 01 §18), 1000 in all.
/// Guarded by the link's lock.
/// </summary>
internal sealed class HandshakeQuota(TimeProvider time)
{
    private const int PerSource = 5;
    private const int InAll = 1000;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Dictionary<DatagramAddress, int> _counts = [];
    private long _windowStart = time.GetTimestamp();
    private int _total;

    public bool TryTake(in DatagramAddress source)
    {
        if (time.GetElapsedTime(_windowStart) >= Window)
        {
            _counts.Clear();
            _total = 0;
            _windowStart = time.GetTimestamp();
        }
        // The total also bounds the table, whatever sources a forger makes up.
        if (_total >= InAll)
            return false;
        int count = _counts.GetValueOrDefault(source);
        if (count >= PerSource)
            return false;
        _counts[source] = count + 1;
        _total++;
        return true;
    }
}
