namespace Net.Mesh;

/// <summary>
/// Filters the copies that an at-least-once stream delivers: remembers the dedup ids seen last and says whether one was seen
/// before (spec 05 §10).
/// </summary>
/// <remarks>
/// <para>First in, first out: seeing an id again does not keep it longer. Size it by peak events per second × the seconds within
/// which a copy may turn up; 10,000/s × 60 s is 600,000.</para>
/// <para>Thread-safe. Memory grows with what was seen, not with the capacity.</para>
/// </remarks>
/// <example>
/// <code>
/// var dedup = new RedisStreamDedup(600_000);
/// await foreach (StoredEvent e in bus.SubscribeAsync())
/// {
///     if (e.DedupId is { } id &amp;&amp; dedup.IsDuplicate(id))
///         continue;
///     Handle(e);
/// }
/// </code>
/// </example>
public sealed class RedisStreamDedup
{
    /// <summary>The capacity when none is given.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>A larger capacity is lowered to this.</summary>
    public const int MaxCapacity = 16_777_216;

    private readonly Lock _lock = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _seenSpans;
    private readonly Queue<string> _order = new();

    /// <summary>Creates an empty filter.</summary>
    /// <param name="capacity">How many ids are remembered; brought into 1 to <see cref="MaxCapacity"/>.</param>
    public RedisStreamDedup(int capacity = DefaultCapacity)
    {
        Capacity = Math.Clamp(capacity, 1, MaxCapacity); // T33: a number from a configuration file must not become an allocation
        _seenSpans = _seen.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>How many ids are remembered at most.</summary>
    public int Capacity { get; }

    /// <summary>How many ids are remembered now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _order.Count;
        }
    }

    /// <summary>Whether nothing is remembered.</summary>
    public bool IsEmpty => Count == 0;

    /// <summary>Whether the id was seen before; if not, it is remembered, and the oldest makes room.</summary>
    /// <param name="id">The dedup id.</param>
    public bool IsDuplicate(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        lock (_lock)
        {
            if (_seen.Contains(id))
                return true;
            Remember(id);
            return false;
        }
    }

    /// <summary>Whether the id was seen before; if not, it is remembered, and the oldest makes room.</summary>
    /// <param name="id">The dedup id; a string is made of it only when it is new.</param>
    public bool IsDuplicate(ReadOnlySpan<char> id)
    {
        lock (_lock)
        {
            if (_seenSpans.Contains(id))
                return true;
            Remember(id.ToString());
            return false;
        }
    }

    /// <summary>Forgets everything; the capacity stays.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _seen.Clear();
            _order.Clear();
        }
    }

    private void Remember(string id)
    {
        if (_order.Count == Capacity)
            _seen.Remove(_order.Dequeue());
        _seen.Add(id);
        _order.Enqueue(id);
    }
}
