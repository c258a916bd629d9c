namespace Net.Mesh.Bus;

/// <summary>
/// How many events a worker waits for before it sends a batch: follows the event rate, a quarter of the way every 10 ms
/// (spec 05 §4.2). For one worker; not thread-safe.
/// </summary>
internal sealed class AdaptiveBatchTarget
{
    private const int MaxSamples = 1024;
    private const double TargetBatchesPerSecond = 200;
    private static readonly TimeSpan RecalculateEvery = TimeSpan.FromMilliseconds(10);

    private readonly BatchOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly Queue<(long Time, long Count)> _samples = new();
    private (long Time, long Count) _newest;
    private long _lastRecalculation;

    public AdaptiveBatchTarget(BatchOptions options, TimeProvider timeProvider)
    {
        _options = options;
        _timeProvider = timeProvider;
        _lastRecalculation = timeProvider.GetTimestamp();
        Current = options.Adaptive ? options.MinSize : options.MaxSize;
    }

    public int Current { get; private set; }

    /// <summary>Notes how many events the shard has seen by now.</summary>
    public void Observe(long totalEvents)
    {
        if (!_options.Adaptive)
            return;
        long now = _timeProvider.GetTimestamp();
        if (_timeProvider.GetElapsedTime(_newest.Time, now) < RecalculateEvery && _samples.Count > 0)
            return;
        _newest = (now, totalEvents);
        _samples.Enqueue(_newest);
        while (_samples.Count > MaxSamples || _timeProvider.GetElapsedTime(_samples.Peek().Time, now) > _options.VelocityWindow && _samples.Count > 1)
            _samples.Dequeue();
        if (_timeProvider.GetElapsedTime(_lastRecalculation, now) < RecalculateEvery)
            return;
        _lastRecalculation = now;
        Current = Next(Current, Velocity(), _options.MinSize, _options.MaxSize);
    }

    /// <summary>One step from the current target towards what the rate asks for.</summary>
    public static int Next(int current, double eventsPerSecond, int min, int max)
    {
        long goal = eventsPerSecond <= 0 ? min : (long)Math.Clamp(Math.Truncate(eventsPerSecond / TargetBatchesPerSecond), min, max);
        return (int)Math.Clamp((3L * current + goal) / 4, min, max);
    }

    private double Velocity()
    {
        (long time, long count) = _samples.Peek();
        double seconds = _timeProvider.GetElapsedTime(time, _newest.Time).TotalSeconds;
        return seconds <= 0 ? 0 : (_newest.Count - count) / seconds;
    }
}
