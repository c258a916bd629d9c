namespace Net.Mesh.JetStream;

/// <summary>
/// Plans how to find the messages of a range of sequences with few round trips, whatever was deleted in between. Each request
/// asks for the first message at or after a place; the answer settles everything from that place up to the message. The range
/// is cut into pieces, one request each; the pieces are as wide as messages have lain apart so far, so a dense stream costs one
/// request per message and a sparse one is crossed in a few rounds.
/// </summary>
internal sealed class SequenceScan
{
    private readonly ulong _last;
    private readonly SortedDictionary<ulong, StoredMessage> _found = [];
    private List<Piece> _open;
    private ulong _stride;

    /// <param name="first">The first sequence to look at, 1 or more.</param>
    /// <param name="last">The last one, not before the first.</param>
    /// <param name="stride">How far messages lie apart, by a first guess.</param>
    public SequenceScan(ulong first, ulong last, ulong stride)
    {
        _last = last;
        _open = [new(first, last)];
        _stride = Math.Max(1, stride);
    }

    /// <summary>Whether the whole range is settled.</summary>
    public bool IsSettled => _open.Count == 0;

    /// <summary>Takes the messages, oldest first, before which nothing is left to find.</summary>
    public IEnumerable<StoredMessage> TakeSettled()
    {
        ulong end = IsSettled ? ulong.MaxValue : _open[0].First;
        while (_found.Count > 0)
        {
            (ulong sequence, StoredMessage message) = _found.First();
            if (sequence > end)
                yield break;
            _found.Remove(sequence);
            yield return message;
        }
    }

    /// <summary>The pieces to ask for next, from the front; each by its first sequence.</summary>
    public List<Piece> Plan(int count)
    {
        var pieces = new List<Piece>(count);
        var rest = new List<Piece>();
        foreach (Piece range in _open)
        {
            ulong first = range.First;
            bool isUsedUp = false;
            while (pieces.Count < count && !isUsedUp)
            {
                ulong last = range.Last - first < _stride ? range.Last : first + _stride - 1;
                pieces.Add(new(first, last));
                isUsedUp = last == range.Last;
                first = last + 1;
            }
            if (!isUsedUp)
                rest.Add(new(first, range.Last));
        }
        _open = rest;
        return pieces;
    }

    /// <summary>Takes in the answers to a plan: for each piece the first message at or after its start.</summary>
    public void Settle(List<Piece> pieces, StoredMessage?[] messages)
    {
        var open = new List<Piece>();
        var jumps = new List<Piece>();
        UInt128 distance = 0;
        ulong? end = null;
        for (int i = 0; i < pieces.Count; i++)
        {
            Piece piece = pieces[i];
            StoredMessage? message = messages[i] is { } m && m.Sequence <= _last && m.Sequence >= piece.First ? m : null;
            ulong reached = message?.Sequence ?? _last;
            distance += Math.Min(reached, piece.Last) - piece.First + 1;
            if (message is not null)
                _found[message.Sequence] = message;
            else
                end = Math.Min(end ?? ulong.MaxValue, piece.First);
            if (reached < piece.Last)
                open.Add(new(reached + 1, piece.Last));
            else if (reached > piece.Last)
                jumps.Add(new(piece.First, reached));
        }
        _stride = Math.Max(1, (ulong)(distance / (UInt128)pieces.Count));
        open.AddRange(_open);
        _open = Subtract(open, jumps);
        if (end is { } first)
            EndBefore(first);
    }

    // "Nothing from here on" may come from a replica that lags behind another: what that one has further on must wait for the
    // next poll, or the messages between would be skipped for good.
    private void EndBefore(ulong first)
    {
        foreach (ulong sequence in _found.Keys.Where(sequence => sequence >= first).ToArray())
            _found.Remove(sequence);
        _open = [.. _open.Where(piece => piece.First < first).Select(piece => piece with { Last = Math.Min(piece.Last, first - 1) })];
    }

    // Both lists are in ascending order of their first sequence.
    private static List<Piece> Subtract(List<Piece> ranges, List<Piece> settled)
    {
        var left = new List<Piece>(ranges.Count);
        foreach (Piece range in ranges)
        {
            ulong first = range.First;
            bool isGone = false;
            foreach (Piece jump in settled)
            {
                if (jump.First <= first && jump.Last >= first)
                {
                    isGone = jump.Last >= range.Last;
                    if (isGone)
                        break;
                    first = jump.Last + 1;
                }
            }
            if (!isGone)
                left.Add(new(first, range.Last));
        }
        return left;
    }

    /// <summary>Sequences from one to another, both included.</summary>
    internal readonly record struct Piece(ulong First, ulong Last);
}
