using System.Runtime.InteropServices;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The nodes that one statement is true of, ascending by id: a list of sorted runs, so that putting one in moves at most a run
/// and walking them all reads memory in order. One thread.
/// </summary>
internal sealed class Posting
{
    private const int LongestRun = 256;

    private readonly List<Run> _runs = [new()];

    /// <summary>How many nodes.</summary>
    public int Count { get; private set; }

    /// <summary>Of a key: how many different values its tags have among all nodes.</summary>
    public int DistinctValues { get; set; }

    /// <summary>Puts a node in; one that is there already stays.</summary>
    public void Add(IndexEntry entry)
    {
        ulong id = entry.Node.Value;
        int at = RunOf(id);
        Run run = _runs[at];
        int place = run.Ids.BinarySearch(id);
        if (place >= 0)
            return;
        run.Ids.Insert(~place, id);
        run.Entries.Insert(~place, entry);
        Count++;
        if (run.Ids.Count > LongestRun)
            _runs.Insert(at + 1, run.SplitOff());
    }

    /// <summary>Takes a node out, if it is there.</summary>
    public void Remove(NodeId node)
    {
        int at = RunOf(node.Value);
        Run run = _runs[at];
        int place = run.Ids.BinarySearch(node.Value);
        if (place < 0)
            return;
        run.Ids.RemoveAt(place);
        run.Entries.RemoveAt(place);
        Count--;
        if (run.Ids.Count == 0 && _runs.Count > 1)
            _runs.RemoveAt(at);
    }

    /// <summary>How many runs there are.</summary>
    public int RunCount => _runs.Count;

    /// <summary>The nodes of a run, ascending; later runs have higher ids.</summary>
    public ReadOnlySpan<IndexEntry> RunAt(int index) => CollectionsMarshal.AsSpan(_runs[index].Entries);

    // The last run that does not start behind the id.
    private int RunOf(ulong id)
    {
        int low = 0;
        int high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) >>> 1;
            if (_runs[middle].Ids[0] <= id)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }

    private sealed class Run
    {
        public readonly List<ulong> Ids = [];
        public readonly List<IndexEntry> Entries = [];

        public Run SplitOff()
        {
            int half = Ids.Count / 2;
            var upper = new Run();
            upper.Ids.AddRange(CollectionsMarshal.AsSpan(Ids)[half..]);
            upper.Entries.AddRange(CollectionsMarshal.AsSpan(Entries)[half..]);
            Ids.RemoveRange(half, Ids.Count - half);
            Entries.RemoveRange(half, Entries.Count - half);
            return upper;
        }
    }
}
