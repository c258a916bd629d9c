namespace Net.Mesh.Replication.Tests;

/// <summary>A log in memory that can run out of room, lose its head to retention, and fail.</summary>
internal sealed class MemoryReplicaLog : IReplicaLog
{
    private readonly List<ReadOnlyMemory<byte>> _events = [];

    public ulong Base { get; private set; }

    public ulong NextSeq => Base + (ulong)_events.Count;

    public ulong? LowestRetainedSeq => _events.Count == 0 ? null : Base;

    public ulong DurableSeq => HeldDurable ?? NextSeq;

    /// <summary>What a disk that has not synced yet says.</summary>
    public ulong? HeldDurable { get; set; }

    public int SyncRequests { get; private set; }

    public long CapacityBytes { get; set; } = long.MaxValue;

    public int? RetentionMaxEvents { get; set; }

    public bool FailsToSkip { get; set; }

    /// <summary>Sequences that cannot be read.</summary>
    public HashSet<ulong> Unreadable { get; } = [];

    /// <summary>Runs when somebody reads.</summary>
    public Action? OnRead { get; set; }

    public IReadOnlyList<ReadOnlyMemory<byte>> Events => _events;

    public ReadOnlyMemory<byte> this[ulong seq] => _events[(int)(seq - Base)];

    public long Bytes => _events.Sum(static e => (long)e.Length);

    public ulong Append(ReadOnlyMemory<byte> payload)
    {
        if (Bytes + payload.Length > CapacityBytes)
            throw new RedexException(RedexErrorKind.PayloadTooLarge, $"{payload.Length} bytes do not fit");
        _events.Add(payload);
        return NextSeq - 1;
    }

    public void AppendMany(int count, int size = 16, byte salt = 0)
    {
        for (int i = 0; i < count; i++)
        {
            byte[] payload = new byte[size];
            BitConverter.TryWriteBytes(payload, NextSeq * 31 + salt);
            Append(payload);
        }
    }

    public void Read(ulong from, ulong end, long budget, List<SyncEvent> into)
    {
        OnRead?.Invoke();
        long spent = 0;
        for (ulong seq = Math.Max(from, Base); seq < Math.Min(end, NextSeq); seq++)
        {
            if (Unreadable.Contains(seq))
                continue;
            var e = new SyncEvent(seq, this[seq]);
            spent += e.Cost;
            if (into.Count > 0 && spent > budget)
                return;
            into.Add(e);
        }
    }

    public bool TryAppend(ulong expected, IReadOnlyList<SyncEvent> events)
    {
        if (expected != NextSeq)
            return false;
        if (Bytes + events.Sum(static e => (long)e.Payload.Length) > CapacityBytes)
            throw new RedexException(RedexErrorKind.PayloadTooLarge, "the events do not fit");
        foreach (SyncEvent e in events)
            _events.Add(e.Payload.ToArray());
        return true;
    }

    public void RequestSync() => SyncRequests++;

    public void SkipTo(ulong seq)
    {
        if (FailsToSkip)
            throw new RedexException(RedexErrorKind.Io, "the disk failed");
        if (seq <= NextSeq)
            return;
        _events.Clear();
        Base = seq;
    }

    public void RewindTo(ulong seq)
    {
        if (seq >= NextSeq)
            return;
        if (seq <= Base)
        {
            _events.Clear();
            Base = seq;
            return;
        }
        _events.RemoveRange((int)(seq - Base), (int)(NextSeq - seq));
    }

    public void SweepRetention()
    {
        if (RetentionMaxEvents is { } most && _events.Count > most)
            Drop(_events.Count - most);
    }

    public void Drop(int count)
    {
        _events.RemoveRange(0, count);
        Base += (ulong)count;
    }
}
