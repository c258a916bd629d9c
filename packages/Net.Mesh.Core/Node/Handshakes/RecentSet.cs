namespace Net.Mesh.Node;

/// <summary>Remembers the last so many values. One thread.</summary>
internal sealed class RecentSet<T>(int capacity)
    where T : notnull
{
    private readonly HashSet<T> _members = [];
    private readonly Queue<T> _order = new();

    public bool Contains(T value) => _members.Contains(value);

    /// <summary>Remembers a value.</summary>
    /// <returns>False when it was there already.</returns>
    public bool Add(T value)
    {
        if (!_members.Add(value))
            return false;
        _order.Enqueue(value);
        if (_order.Count > capacity)
            _members.Remove(_order.Dequeue());
        return true;
    }
}
