using System.Numerics;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Finds a tag in an array by what it means. Open addressing over indices; at most half full, so a lookup looks at one or two
/// cells. The hash is keyed per process: a peer cannot choose tags that collide.
/// </summary>
internal readonly struct TagTable
{
    private readonly Tag[] _tags;
    private readonly int[] _cells; // index + 1; 0 is free

    public TagTable(Tag[] tags)
    {
        _tags = tags;
        _cells = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(2, tags.Length * 2))];
        for (int i = 0; i < tags.Length; i++)
        {
            int cell = tags[i].MeaningHash & (_cells.Length - 1);
            while (_cells[cell] != 0)
                cell = (cell + 1) & (_cells.Length - 1);
            _cells[cell] = i + 1;
        }
    }

    public bool Contains(in Tag tag)
    {
        int[] cells = _cells;
        for (int cell = tag.MeaningHash & (cells.Length - 1); cells[cell] != 0; cell = (cell + 1) & (cells.Length - 1))
        {
            if (_tags[cells[cell] - 1].SemanticEquals(tag))
                return true;
        }
        return false;
    }
}
