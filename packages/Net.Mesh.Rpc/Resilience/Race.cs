namespace Net.Mesh.Rpc.Resilience;

/// <summary>Some calls of which the first answer counts (spec 07 §10.2).</summary>
internal static class Race
{
    /// <summary>
    /// Starts each call a while after the one before, or at once where all before have failed. The first that succeeds wins and the
    /// others are cancelled; if none does, the first call's failure is thrown.
    /// </summary>
    public static async ValueTask<T> RunAsync<T>(int count, TimeSpan delay, TimeProvider time, Func<int, CancellationToken, ValueTask<T>> start, CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calls = new List<Task<T>>(count);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                calls.Add(StartAsync(calls.Count));
                bool isLast = calls.Count == count;
                Task pause = isLast ? Task.Delay(Timeout.InfiniteTimeSpan, time, ending.Token) : Task.Delay(delay, time, ending.Token);
                if (await FirstAsync(calls, pause).ConfigureAwait(false) is { } winner)
                    return await winner.ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                if (isLast)
                    return await calls[0].ConfigureAwait(false);
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
        }

        async Task<T> StartAsync(int index)
        {
            Task<T> call = start(index, ending.Token).AsTask();
            // Nobody waits for a loser.
            _ = call.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return await call.ConfigureAwait(false);
        }
    }

    // The call that succeeded; null when all have failed, or the pause is over.
    private static async Task<Task<T>?> FirstAsync<T>(List<Task<T>> calls, Task pause)
    {
        while (true)
        {
            if (calls.Find(static call => call.IsCompletedSuccessfully) is { } winner)
                return winner;
            Task[] open = [.. calls.Where(static call => !call.IsCompleted)];
            if (open.Length == 0 || pause.IsCompleted)
                return null;
            await Task.WhenAny([.. open, pause]).ConfigureAwait(false);
        }
    }
}
