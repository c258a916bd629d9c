using Net.Mesh.Sessions;

namespace Net.Mesh.Node;

/// <summary>The streams that the sweep has to look at: something is unacknowledged, or missing. Thread-safe.</summary>
internal sealed class SweepList
{
    private readonly Lock _gate = new();
    private readonly List<(PeerLink Peer, StreamState Stream)> _streams = [];

    /// <summary>Called when the list is no longer empty: the timer has to run.</summary>
    public Action? Filled { get; set; }

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _streams.Count == 0;
        }
    }

    public void Add(PeerLink peer, StreamState stream)
    {
        Interlocked.MemoryBarrier();
        if (stream.IsSwept)
            return;
        bool isFirst;
        lock (_gate)
        {
            if (stream.IsSwept)
                return;
            stream.IsSwept = true;
            _streams.Add((peer, stream));
            isFirst = _streams.Count == 1;
        }
        if (isFirst)
            Filled?.Invoke();
    }

    /// <summary>Copies the streams, and drops those that need no sweep any more.</summary>
    public void CopyTo(List<(PeerLink Peer, StreamState Stream)> destination)
    {
        lock (_gate)
        {
            for (int i = _streams.Count - 1; i >= 0; i--)
            {
                StreamState stream = _streams[i].Stream;
                // First off the list, then the look: whoever gave the stream something to do meanwhile saw it off the list and waits
                // at the gate to put it back. The other way round it would see it on the list, and the sweep would never come.
                stream.IsSwept = false;
                Interlocked.MemoryBarrier();
                if (stream.NeedsSweep)
                {
                    stream.IsSwept = true;
                    continue;
                }
                _streams[i] = _streams[^1];
                _streams.RemoveAt(_streams.Count - 1);
            }
            destination.AddRange(_streams);
        }
    }
}
