namespace Net.Mesh.Cortex.Folding;

/// <summary>
/// Keeps the readers of a state and its one writer apart. A writer that waits lets no new reader in, and when it leaves it lets in all
/// that waited meanwhile: neither starves the other. A thread that reads may read again.
/// </summary>
internal sealed class StateGate
{
    private const int Writer = int.MinValue;
    private const int SpinsBeforeWaiting = 40;

    [ThreadStatic]
    private static StateGate? _heldByThisThread;

    private readonly object _monitor = new();
    // How many readers are in, and whether the writer is in or waits for them.
    private int _state;
    private int _waitingReaders;
    private uint _phase;
    private bool _writerWaits;

    /// <summary>Whether the calling thread reads or writes.</summary>
    public bool IsHeldByThisThread => _heldByThisThread == this;

    /// <returns>What <see cref="ExitRead"/> is to be given.</returns>
    public StateGate? EnterRead()
    {
        StateGate? outer = _heldByThisThread;
        if (outer == this)
            return outer;
        if (Interlocked.Increment(ref _state) < 0)
            WaitToRead();
        _heldByThisThread = this;
        return outer;
    }

    public void ExitRead(StateGate? outer)
    {
        if (outer == this)
            return;
        _heldByThisThread = outer;
        if (Interlocked.Decrement(ref _state) == Writer)
            WakeWriter();
    }

    /// <summary>Of one writer at a time: its callers see to that.</summary>
    /// <returns>What <see cref="ExitWrite"/> is to be given.</returns>
    public StateGate? EnterWrite()
    {
        if (Interlocked.Add(ref _state, Writer) != Writer)
            WaitToWrite();
        StateGate? outer = _heldByThisThread;
        _heldByThisThread = this;
        return outer;
    }

    public void ExitWrite(StateGate? outer)
    {
        _heldByThisThread = outer;
        if (Interlocked.CompareExchange(ref _state, 0, Writer) == Writer)
        {
            if (Volatile.Read(ref _waitingReaders) > 0)
                LetIn(alsoOpen: false);
            return;
        }
        LetIn(alsoOpen: true);
    }

    private void WaitToRead()
    {
        lock (_monitor)
        {
            // The writer's bit is taken away under this lock while a reader is counted, so it holds still here.
            if (Volatile.Read(ref _state) >= 0)
                return;
            Volatile.Write(ref _waitingReaders, _waitingReaders + 1);
            uint phase = _phase;
            if (Interlocked.Decrement(ref _state) == Writer && _writerWaits)
                Monitor.PulseAll(_monitor);
            while (phase == _phase)
                Monitor.Wait(_monitor);
        }
    }

    private void LetIn(bool alsoOpen)
    {
        lock (_monitor)
        {
            int readers = _waitingReaders;
            _waitingReaders = 0;
            _phase++;
            // They are counted for them: the writer cannot come back before they were in.
            Interlocked.Add(ref _state, alsoOpen ? unchecked(readers - Writer) : readers);
            if (readers > 0)
                Monitor.PulseAll(_monitor);
        }
    }

    private void WaitToWrite()
    {
        var spin = new SpinWait();
        for (int i = 0; i < SpinsBeforeWaiting; i++)
        {
            if (Volatile.Read(ref _state) == Writer)
                return;
            spin.SpinOnce(sleep1Threshold: -1);
        }
        lock (_monitor)
        {
            _writerWaits = true;
            while (Volatile.Read(ref _state) != Writer)
                Monitor.Wait(_monitor);
            _writerWaits = false;
        }
    }

    private void WakeWriter()
    {
        lock (_monitor)
        {
            if (_writerWaits)
                Monitor.PulseAll(_monitor);
        }
    }
}
