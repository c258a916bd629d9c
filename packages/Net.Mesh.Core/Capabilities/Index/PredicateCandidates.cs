namespace Net.Mesh.Capabilities;

/// <summary>
/// The nodes that a predicate can be true of at most, by the lists of the tags it cannot be true without: of an And the shortest
/// one, of an Or all of them. Guarded by the index' lock.
/// </summary>
internal sealed class PredicateCandidates
{
    // A predicate that nests deeper is asked of all nodes; one from a peer may nest thousands deep.
    private const int MaxDepth = 32;

    private readonly List<Posting> _lists;

    private PredicateCandidates(List<Posting> lists)
    {
        _lists = lists;
        foreach (Posting list in lists)
            Count += list.Count;
    }

    /// <summary>How many at most.</summary>
    public int Count { get; }

    public static PredicateCandidates Of(PostingLists lists, Predicate predicate)
    {
        PredicateCandidates candidates = Of(lists, predicate, depth: 0);
        return candidates.Count < lists.All.Count ? candidates : new([lists.All]);
    }

    /// <summary>Writes them, ascending by node and each once; returns how many there are.</summary>
    public int CopyTo(Span<(NodeId Node, CapabilitySet Set)> target)
    {
        int count = 0;
        foreach (Posting list in _lists)
        {
            for (int run = 0; run < list.RunCount; run++)
            {
                foreach (IndexEntry entry in list.RunAt(run))
                    target[count++] = (entry.Node, entry.Set);
            }
        }
        return _lists.Count <= 1 ? count : SortAndDeduplicate(target[..count]);
    }

    private static PredicateCandidates Of(PostingLists lists, Predicate predicate, int depth) => predicate.Kind switch
    {
        _ when depth >= MaxDepth => new([lists.All]),
        PredicateKind.And => OfAnd(lists, predicate, depth),
        PredicateKind.Or => OfOr(lists, predicate, depth),
        PredicateKind.Not => new([lists.All]),
        _ when predicate.IsMetadata => new([lists.All]),
        PredicateKind.ValueEquals => new(ListOfValue(lists, predicate)),
        _ => new(lists.TryKey(predicate.Key, out Posting? list) ? [list] : []),
    };

    private static PredicateCandidates OfAnd(PostingLists lists, Predicate predicate, int depth)
    {
        var least = new PredicateCandidates([lists.All]);
        foreach (Predicate clause in predicate.ClauseSpan)
        {
            PredicateCandidates candidates = Of(lists, clause, depth + 1);
            if (candidates.Count < least.Count)
                least = candidates;
        }
        return least;
    }

    private static PredicateCandidates OfOr(PostingLists lists, Predicate predicate, int depth)
    {
        var all = new List<Posting>();
        int count = 0;
        foreach (Predicate clause in predicate.ClauseSpan)
        {
            PredicateCandidates candidates = Of(lists, clause, depth + 1);
            count += candidates.Count;
            if (count >= lists.All.Count)
                return new([lists.All]);
            all.AddRange(candidates._lists);
        }
        return new(all);
    }

    private static List<Posting> ListOfValue(PostingLists lists, Predicate predicate) =>
        Tag.TryParse($"{predicate.KeyText}={predicate.Text}", out Tag tag) && tag.Is(predicate.Key) && lists.TryTag(tag, out Posting? list) ? [list] : [];

    private static int SortAndDeduplicate(Span<(NodeId Node, CapabilitySet Set)> entries)
    {
        entries.Sort(static (left, right) => left.Node.CompareTo(right.Node));
        int kept = 0;
        foreach ((NodeId Node, CapabilitySet Set) entry in entries)
        {
            if (kept == 0 || entries[kept - 1].Node != entry.Node)
                entries[kept++] = entry;
        }
        return kept;
    }
}
