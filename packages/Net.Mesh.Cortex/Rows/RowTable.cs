using System.Runtime.InteropServices;

namespace Net.Mesh.Cortex.Rows;

/// <summary>
/// Rows by id, and apart by their flag, each half without holes: so asking for one half costs what it returns, and counting it
/// nothing. Any number of readers, or one writer: whoever owns it keeps them apart.
/// </summary>
internal sealed class RowTable<T>
    where T : class, IRow
{
    private readonly Dictionary<ulong, (T Row, int Slot)> _byId;
    private readonly List<T> _flagged = [];
    private readonly List<T> _others = [];

    public RowTable(int capacity = 0) => _byId = new Dictionary<ulong, (T, int)>(capacity);

    public int Count => _byId.Count;

    public ReadOnlySpan<T> Half(bool isFlagged) => CollectionsMarshal.AsSpan(ListOf(isFlagged));

    public T? Find(ulong id) => _byId.TryGetValue(id, out (T Row, int Slot) found) ? found.Row : null;

    /// <summary>Adds a row, or takes the place of the one with its id.</summary>
    /// <returns>The row that was there.</returns>
    public T? Set(T row)
    {
        ref (T Row, int Slot) place = ref CollectionsMarshal.GetValueRefOrAddDefault(_byId, row.Id, out bool exists);
        List<T> list = ListOf(row.IsFlagged);
        T? replaced = exists ? place.Row : null;
        if (replaced is not null && replaced.IsFlagged == row.IsFlagged)
        {
            list[place.Slot] = row;
            place.Row = row;
            return replaced;
        }
        if (replaced is not null)
            Leave(ListOf(replaced.IsFlagged), place.Slot);
        place = (row, list.Count);
        list.Add(row);
        return replaced;
    }

    /// <returns>The row that was there.</returns>
    public T? Remove(ulong id)
    {
        if (!_byId.Remove(id, out (T Row, int Slot) removed))
            return null;
        Leave(ListOf(removed.Row.IsFlagged), removed.Slot);
        return removed.Row;
    }

    public IEnumerable<T> All() => _others.Concat(_flagged);

    private List<T> ListOf(bool isFlagged) => isFlagged ? _flagged : _others;

    /// <summary>The last row moves into the place that becomes free. No key is added, so a reference into the map stays good.</summary>
    private void Leave(List<T> list, int slot)
    {
        int last = list.Count - 1;
        T moved = list[last];
        list.RemoveAt(last);
        if (slot == last)
            return;
        list[slot] = moved;
        CollectionsMarshal.GetValueRefOrNullRef(_byId, moved.Id).Slot = slot;
    }
}
