using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>
/// The numbers that one writer gives its events (spec 06 §4.7). A number is taken before the append, so none is given out twice (06 T29); one whose append
/// fails is left out. Thread-safe.
/// </summary>
/// <param name="origin">Whose.</param>
/// <param name="next">The first that is given out.</param>
public sealed class OriginCounter(OriginHash origin, ulong next = 0)
{
    private ulong _next = next;

    /// <summary>Whose numbers these are.</summary>
    public OriginHash Origin { get; } = origin;

    /// <summary>The number that is given out next.</summary>
    public ulong Next => Volatile.Read(ref _next);

    /// <summary>Takes a number.</summary>
    public ulong Take() => Interlocked.Increment(ref _next) - 1;

    /// <summary>Makes sure that a number that is in the log is not given out again. The highest of all is not believed: whoever forged it would end the counter.</summary>
    public void Observe(in EventMeta meta)
    {
        if (meta.Origin != Origin || meta.Number == ulong.MaxValue)
            return;
        ulong wanted = meta.Number + 1;
        ulong seen = Volatile.Read(ref _next);
        while (seen < wanted)
        {
            ulong before = Interlocked.CompareExchange(ref _next, wanted, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    /// <summary>A fold that does what another does, and observes each event that the other applied.</summary>
    /// <param name="fold">The other.</param>
    public IRedexFold<TState> Observing<TState>(IRedexFold<TState> fold)
    {
        ArgumentNullException.ThrowIfNull(fold);
        return new ObservingFold<TState>(this, fold);
    }

    private sealed class ObservingFold<TState>(OriginCounter counter, IRedexFold<TState> fold) : IRedexFold<TState>
    {
        public EventFault Apply(in RedexEvent read, ref TState state)
        {
            EventFault fault = fold.Apply(in read, ref state);
            if (fault == EventFault.None && EventMeta.TryRead(read.Payload.Span, out EventMeta meta))
                counter.Observe(meta);
            return fault;
        }
    }
}
