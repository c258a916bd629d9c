using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>How many handshake messages may reach the expensive part in a second, per source and in all (spec 11 §5). One thread.</summary>
internal sealed class HandshakeLimiter(int perSource, int inAll, TimeProvider time)
{
    private const int MaxSources = 4096;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly Dictionary<DatagramAddress, int> _bySource = [];
    private long _windowStart = time.GetTimestamp();
    private int _total;

    public bool Admits(in DatagramAddress source, long now)
    {
        if (time.GetElapsedTime(_windowStart, now) >= Window)
        {
            _windowStart = now;
            _total = 0;
            _bySource.Clear();
        }
        if (_total >= inAll)
            return false;
        // Beyond so many sources in one second only the common limit holds, so spoofed ones cost no memory.
        bool isTracked = _bySource.TryGetValue(source, out int count) || _bySource.Count < MaxSources;
        if (count >= perSource)
            return false;
        if (isTracked)
            _bySource[source] = count + 1;
        _total++;
        return true;
    }
}
