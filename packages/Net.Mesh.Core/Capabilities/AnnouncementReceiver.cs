using System.Buffers;
using System.Threading.Channels;
using Net.Mesh.Node;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Takes announcements in off the receiving thread: signatures cost too much for it, and a storm of them must not hold up data. What
/// waits is bounded, in borrowed buffers. At most half of the cores check signatures, and each for about a millisecond before others get a turn.
/// </summary>
/// <remarks>Under a clock that is not the system's the work runs when that clock says so, one at a time, so that a simulated mesh replays it.</remarks>
internal sealed class AnnouncementReceiver : IThreadPoolWorkItem, IDisposable
{
    private const int PerTurn = 16; // about a millisecond
    private const int PerWorker = 64;

    private readonly Channel<(Peer Sender, byte[] Rented, int Length)> _waiting;
    private readonly Action<Peer, ReadOnlyMemory<byte>> _take;
    private readonly ITimer? _timer;
    private readonly int _maxWorkers;
    private int _workers;
    private long _dropped;
    private volatile bool _isDisposed;

    public AnnouncementReceiver(int capacity, TimeProvider time, Action<Peer, ReadOnlyMemory<byte>> take)
    {
        _waiting = Channel.CreateBounded<(Peer, byte[], int)>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
        _take = take;
        if (time == TimeProvider.System)
        {
            _maxWorkers = Math.Max(1, Environment.ProcessorCount / 2);
            return;
        }
        _maxWorkers = 1;
        _timer = time.CreateTimer(static receiver => ((AnnouncementReceiver)receiver!).Execute(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How many found no room.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Add(Peer sender, ReadOnlySpan<byte> bytes)
    {
        // Nothing that is longer than a packet's event can be one.
        if (bytes.Length > Wire.WireLimits.MaxEventBytes)
        {
            Interlocked.Increment(ref _dropped);
            return;
        }
        byte[] rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        if (!_waiting.Writer.TryWrite((sender, rented, bytes.Length)))
        {
            ArrayPool<byte>.Shared.Return(rented);
            Interlocked.Increment(ref _dropped);
            return;
        }
        StartWorker();
    }

    /// <summary>A worker's turn.</summary>
    public void Execute()
    {
        for (int i = 0; i < PerTurn && !_isDisposed && _waiting.Reader.TryRead(out (Peer Sender, byte[] Rented, int Length) next); i++)
        {
            _take(next.Sender, next.Rented.AsMemory(0, next.Length));
            ArrayPool<byte>.Shared.Return(next.Rented);
        }
        if (_isDisposed)
            return;
        if (_waiting.Reader.Count > 0)
        {
            Queue();
            return;
        }
        Interlocked.Decrement(ref _workers);
        // One may have come between the look and the farewell.
        if (_waiting.Reader.Count > 0)
            StartWorker();
    }

    public void Dispose()
    {
        _isDisposed = true;
        _timer?.Dispose();
    }

    // A further worker for every so many that wait.
    private void StartWorker()
    {
        int workers = Volatile.Read(ref _workers);
        if (_isDisposed || workers >= _maxWorkers || _waiting.Reader.Count <= workers * PerWorker)
            return;
        if (Interlocked.CompareExchange(ref _workers, workers + 1, workers) == workers)
            Queue();
    }

    // Behind what waits for the thread pool already: data come first.
    private void Queue()
    {
        if (_timer is null)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        else
            _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
