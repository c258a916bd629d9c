namespace Net.Mesh.Sessions;

/// <summary>How many packets may be unacknowledged: slow start, then one more per round trip (spec 01 §12.3).</summary>
internal struct CongestionWindow(int limit)
{
    private const double Floor = 2;

    public double Packets { get; private set; } = 32;

    public double SlowStartThreshold { get; private set; } = double.PositiveInfinity;

    public readonly bool Admits(int unacknowledged) => unacknowledged < Packets;

    public void OnAcknowledged()
    {
        Packets += Packets < SlowStartThreshold ? 1 : 1 / Packets;
        Packets = Math.Min(Packets, limit);
    }

    /// <summary>A loss that the receiver reported.</summary>
    public void OnLoss()
    {
        SlowStartThreshold = Math.Max(Packets / 2, Floor);
        Packets = SlowStartThreshold;
    }

    /// <summary>A loss that nobody reported in time.</summary>
    public void OnTimeout()
    {
        SlowStartThreshold = Math.Max(Packets / 2, Floor);
        Packets = Floor;
    }
}
