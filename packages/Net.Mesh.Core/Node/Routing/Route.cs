using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>The best and the second best way to one destination. Read without a lock, written under the table's.</summary>
internal sealed class Route(RoutePath best)
{
    private volatile RoutePath _best = best;
    private volatile RoutePath? _second;
    private volatile bool _isActive = true;

    public RoutePath Best => _best;

    public RoutePath? Second => _second;

    public bool IsActive
    {
        get => _isActive;
        set => _isActive = value;
    }

    /// <summary>Whatever the best way was, it is this one now; the second stays unless it is the same way.</summary>
    public void Install(RoutePath path)
    {
        if (_second is { } second && second.IsVia(path.NextHop))
            _second = null;
        _best = path;
        _isActive = true;
    }

    /// <summary>Takes in a way that was heard of.</summary>
    /// <returns>Whether packets now go to another next hop.</returns>
    public bool Learn(in DatagramAddress nextHop, ushort metric, long now, long oldest)
    {
        if (_best.ConfirmedAt < oldest && _second is { } standIn && standIn.ConfirmedAt >= oldest)
            PromoteSecond();
        RoutePath best = _best;
        bool isBestAlive = best.ConfirmedAt >= oldest;
        if (best.IsVia(nextHop))
        {
            // A way that was thought dead may be longer now than it was.
            if (isBestAlive)
                best.Confirm(metric, now);
            else
                Install(new(nextHop, metric, now));
            return false;
        }
        if (isBestAlive && metric >= best.Metric)
        {
            // Spec 02 §20, 6: another way, however good, says nothing about the best one, which must be able to die.
            LearnSecond(nextHop, metric, now, oldest);
            return false;
        }
        _second = isBestAlive ? best : AliveSecondExcept(nextHop, oldest);
        _best = new(nextHop, metric, now);
        return true;
    }

    /// <summary>Forgets the ways through an address.</summary>
    /// <returns>Whether one was forgotten; when none is left, <paramref name="isEmpty"/> says so.</returns>
    public bool RemoveVia(in DatagramAddress address, out bool isEmpty)
    {
        isEmpty = false;
        if (_second is { } second && second.IsVia(address))
        {
            _second = null;
            return true;
        }
        if (!_best.IsVia(address))
            return false;
        isEmpty = !PromoteSecond();
        return true;
    }

    /// <summary>Forgets what was last confirmed before a point in time.</summary>
    /// <returns>False when nothing is left.</returns>
    public bool Sweep(long oldest)
    {
        if (_second is { } second && second.ConfirmedAt < oldest)
            _second = null;
        return _best.ConfirmedAt >= oldest || PromoteSecond();
    }

    private bool PromoteSecond()
    {
        if (_second is not { } second)
            return false;
        _best = second;
        _second = null;
        return true;
    }

    private void LearnSecond(in DatagramAddress nextHop, ushort metric, long now, long oldest)
    {
        RoutePath? second = _second;
        if (second is not null && second.IsVia(nextHop))
            second.Confirm(metric, now);
        else if (second is null || second.ConfirmedAt < oldest || metric < second.Metric)
            _second = new(nextHop, metric, now);
    }

    private RoutePath? AliveSecondExcept(in DatagramAddress nextHop, long oldest) =>
        _second is { } second && second.ConfirmedAt >= oldest && !second.IsVia(nextHop) ? second : null;
}
