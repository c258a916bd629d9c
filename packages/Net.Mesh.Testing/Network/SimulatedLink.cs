namespace Net.Mesh.Testing;

/// <summary>One direction between two transports: its profile and how far its queue reaches. Guarded by the network's lock.</summary>
internal sealed class SimulatedLink(LinkProfile profile)
{
    private long _busyUntil;
    private long _lastArrival;

    public LinkProfile Profile { get; set; } = profile;

    /// <summary>Puts a datagram onto the wire; false when the queue before it is full.</summary>
    /// <param name="now">The time in ticks.</param>
    /// <param name="length">The datagram's bytes.</param>
    /// <param name="departure">When its last byte has left.</param>
    public bool TryDepart(long now, int length, out long departure)
    {
        departure = now;
        if (Profile.BandwidthBytesPerSecond is not { } bandwidth)
            return true;
        long start = Math.Max(now, _busyUntil);
        double waitingBytes = (double)(start - now) / TimeSpan.TicksPerSecond * bandwidth;
        if (waitingBytes + length > Profile.QueueBytes)
            return false;
        departure = start + (long)Math.Ceiling((double)length * TimeSpan.TicksPerSecond / bandwidth);
        _busyUntil = departure;
        return true;
    }

    /// <summary>When a datagram that departed arrives.</summary>
    public long ArrivalOf(long departure, ref SplitMix64 chance)
    {
        long arrival = departure + Profile.Latency.Ticks;
        if (Profile.Jitter > TimeSpan.Zero)
            arrival += (long)(chance.NextUnit() * Profile.Jitter.Ticks);
        arrival = Math.Max(arrival, _lastArrival); // jitter alone keeps the order
        if (chance.NextChance(Profile.Reordering))
            return arrival + Profile.ReorderingDelay.Ticks;
        _lastArrival = arrival;
        return arrival;
    }
}
