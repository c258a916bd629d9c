namespace Net.Mesh.Node;

/// <summary>One event, or several, without a list for one.</summary>
internal readonly struct EventList
{
    private readonly ReadOnlyMemory<byte> _single;
    private readonly IReadOnlyList<ReadOnlyMemory<byte>>? _list;

    public EventList(ReadOnlyMemory<byte> single)
    {
        _single = single;
        Count = 1;
    }

    public EventList(IReadOnlyList<ReadOnlyMemory<byte>> list)
    {
        _list = list;
        Count = list.Count;
    }

    public int Count { get; }

    public ReadOnlySpan<byte> this[int index] => _list is null ? _single.Span : _list[index].Span;

    public int LengthOf(int index) => _list is null ? _single.Length : _list[index].Length;
}
