using Polly;

namespace Net.Mesh.Rpc.Resilience;

/// <summary>The one deadline of a call that is made several times: it does not move from attempt to attempt.</summary>
internal sealed class CallBudget(TimeProvider time, TimeSpan deadline)
{
    public static readonly ResiliencePropertyKey<CallBudget> Key = new("Net.Mesh.Rpc.CallBudget");

    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>What is left; infinite where there is no deadline, and never less than zero.</summary>
    public TimeSpan Left
    {
        get
        {
            if (deadline == Timeout.InfiniteTimeSpan)
                return deadline;
            TimeSpan left = deadline - time.GetElapsedTime(_startedAt);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    public bool IsOver => Left == TimeSpan.Zero;

    /// <summary>A pause that does not outlast the deadline.</summary>
    public TimeSpan Cap(TimeSpan pause) => Left is var left && left != Timeout.InfiniteTimeSpan && left < pause ? left : pause;

    /// <exception cref="RpcTimeoutException">Nothing is left.</exception>
    public TimeSpan LeftFor(string service) => IsOver
        ? throw new RpcTimeoutException(time.GetElapsedTime(_startedAt), $"'{service}' was not answered within {deadline}, in whatever attempt.")
        : Left;
}
