using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Sessions;

/// <summary>The bytes that all unfinished messages of a peer, or of a node, may take.</summary>
internal sealed class FragmentBudget(long limitBytes)
{
    private long _used;

    public long UsedBytes => Volatile.Read(ref _used);

    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limitBytes)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);
}

/// <summary>What a piece of a large message led to.</summary>
internal enum FragmentOutcome
{
    /// <summary>More pieces are missing.</summary>
    Waiting,

    /// <summary>The message is whole.</summary>
    Complete,

    /// <summary>The pieces contradict one another; the message was dropped.</summary>
    Malformed,

    /// <summary>There is no budget for it; the message was dropped.</summary>
    OverBudget,
}

/// <summary>
/// Puts the pieces of large messages of one stream together again (spec 11 §9). Nothing is released before the last piece is
/// in. The caller serialises.
/// </summary>
internal sealed class FragmentAssembler(int maxMessageBytes, FragmentBudget peerBudget, FragmentBudget nodeBudget)
{
    /// <summary>What a piece costs at least, so that tiny ones pay for the memory around them.</summary>
    public const int SmallestCharge = 256;

    /// <summary>Messages of one stream that may be unfinished at a time.</summary>
    private const int MaxUnfinished = 16;

    private readonly Dictionary<ushort, Message> _messages = [];

    public int Unfinished => _messages.Count;

    public FragmentOutcome Add(ushort id, int index, bool isLast, ReadOnlySpan<byte> piece, long now, [NotNullWhen(true)] out byte[]? whole)
    {
        whole = null;
        if (!_messages.TryGetValue(id, out Message? message))
        {
            if (_messages.Count >= MaxUnfinished)
                return FragmentOutcome.OverBudget;
            _messages[id] = message = new Message { LastProgress = now };
        }
        FragmentOutcome outcome = message.Add(index, isLast, piece, maxMessageBytes, this);
        message.LastProgress = now;
        if (outcome == FragmentOutcome.Complete)
            whole = message.ToArray();
        if (outcome != FragmentOutcome.Waiting)
            Drop(id, message);
        return outcome;
    }

    /// <summary>Drops messages that made no progress since an instant; of unreliable streams only.</summary>
    public int DropStale(long since)
    {
        int dropped = 0;
        foreach ((ushort id, Message message) in _messages)
        {
            if (message.LastProgress >= since)
                continue;
            Drop(id, message);
            dropped++;
        }
        return dropped;
    }

    public void Clear()
    {
        foreach ((ushort id, Message message) in _messages)
            Drop(id, message);
    }

    private void Drop(ushort id, Message message)
    {
        _messages.Remove(id);
        peerBudget.Release(message.Charged);
        nodeBudget.Release(message.Charged);
        message.Charged = 0;
    }

    private bool TryCharge(Message message, int bytes)
    {
        if (!peerBudget.TryTake(bytes))
            return false;
        if (!nodeBudget.TryTake(bytes))
        {
            peerBudget.Release(bytes);
            return false;
        }
        message.Charged += bytes;
        return true;
    }

    private sealed class Message
    {
        private readonly Dictionary<int, byte[]> _pieces = [];
        private int _pieceBytes;
        private int _lastIndex = -1;
        private int _total;

        public long LastProgress { get; set; }

        public long Charged { get; set; }

        public FragmentOutcome Add(int index, bool isLast, ReadOnlySpan<byte> piece, int maxMessageBytes, FragmentAssembler owner)
        {
            bool isContradiction = piece.Length == 0
                || _pieces.ContainsKey(index)
                || (isLast && _lastIndex >= 0)
                || (_lastIndex >= 0 && index > _lastIndex)
                || (isLast && _pieces.Keys.Any(other => other > index));
            if (isContradiction)
                return FragmentOutcome.Malformed;
            // All pieces but the last have one size, and the last is not larger.
            if (!isLast)
            {
                if (_pieceBytes == 0)
                    _pieceBytes = piece.Length;
                if (piece.Length != _pieceBytes)
                    return FragmentOutcome.Malformed;
            }
            else
            {
                _lastIndex = index;
            }
            if (_lastIndex >= 0 && _pieceBytes > 0 && LastLength(index, isLast, piece) > _pieceBytes)
                return FragmentOutcome.Malformed;
            long end = isLast ? ((long)index * Math.Max(_pieceBytes, 1)) + piece.Length : ((long)index + 1) * _pieceBytes;
            if (end > maxMessageBytes)
                return FragmentOutcome.Malformed;
            if (!owner.TryCharge(this, Math.Max(piece.Length, SmallestCharge)))
                return FragmentOutcome.OverBudget;
            _pieces.Add(index, piece.ToArray());
            _total += piece.Length;
            if (_total > maxMessageBytes)
                return FragmentOutcome.Malformed;
            return _lastIndex >= 0 && _pieces.Count == _lastIndex + 1 ? FragmentOutcome.Complete : FragmentOutcome.Waiting;
        }

        public byte[] ToArray()
        {
            byte[] whole = GC.AllocateUninitializedArray<byte>(_total);
            int at = 0;
            for (int i = 0; i <= _lastIndex; i++)
            {
                _pieces[i].CopyTo(whole, at);
                at += _pieces[i].Length;
            }
            return whole;
        }

        private int LastLength(int index, bool isLast, ReadOnlySpan<byte> piece) =>
            isLast ? piece.Length : _pieces.TryGetValue(_lastIndex, out byte[]? last) && index != _lastIndex ? last.Length : 0;
    }
}
