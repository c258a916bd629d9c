using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests;

/// <summary>A virtual clock that remembers which one-shot timers were made: the pauses that code asked for.</summary>
internal sealed class RecordingTime : TimeProvider
{
    public VirtualTimeProvider? Inner { get; set; }

    public List<double> PausesMs { get; } = [];

    public override long TimestampFrequency => Inner!.TimestampFrequency;

    public override long GetTimestamp() => Inner!.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => Inner!.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            lock (PausesMs)
                PausesMs.Add(dueTime.TotalMilliseconds);
        }
        return Inner!.CreateTimer(callback, state, dueTime, period);
    }
}
