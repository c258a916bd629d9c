namespace Net.Mesh.Rpc;

/// <summary>
/// Asks again before the answer is late (spec 07 §10.2): the first answer wins, and the other calls are cancelled. Handlers may run more
/// than once; one deadline covers all. Immutable; one may serve any number of calls.
/// </summary>
public sealed record HedgePolicy
{
    private readonly int _hedges = 1;
    private readonly TimeSpan _delay = TimeSpan.FromMilliseconds(50);

    /// <summary>One more request after 50 ms.</summary>
    public static HedgePolicy Default { get; } = new();

    /// <summary>How long each request waits for those before it; where they have all failed it does not wait. Default: 50 ms.</summary>
    public TimeSpan Delay
    {
        get => _delay;
        init => _delay = value >= TimeSpan.Zero ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A delay is zero or more.");
    }

    /// <summary>Requests besides the first. Default: 1; with 0 it is a plain call.</summary>
    public int Hedges
    {
        get => _hedges;
        init => _hedges = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Give 0 or more requests besides the first.");
    }

    /// <summary>Requests in all: one more than <see cref="Hedges"/>.</summary>
    public int MaxParallel
    {
        get => _hedges + 1;
        init => _hedges = value >= 1 ? value - 1 : throw new ArgumentOutOfRangeException(nameof(value), value, "Give 1 or more requests in all.");
    }
}
