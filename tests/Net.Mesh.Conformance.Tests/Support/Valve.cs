namespace Net.Mesh.Conformance.Tests;

/// <summary>Lets a number of bytes through, over all connections together, and then says so.</summary>
/// <param name="budget">How many bytes.</param>
/// <param name="closes">Whether nothing passes afterwards; otherwise it only tells.</param>
internal sealed class Valve(long budget, bool closes)
{
    private readonly TaskCompletionSource _spent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private long _left = budget;

    /// <summary>Completes when the budget is used up.</summary>
    public Task Spent => _spent.Task;

    /// <summary>How many of these bytes may pass.</summary>
    public int Admit(int length)
    {
        lock (_lock)
        {
            int passing = (int)Math.Min(_left, length);
            _left -= passing;
            if (_left == 0)
                _spent.TrySetResult();
            return closes ? passing : length;
        }
    }
}
