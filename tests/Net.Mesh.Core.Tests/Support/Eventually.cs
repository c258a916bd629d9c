namespace Net.Mesh.Core.Tests.Support;

/// <summary>Waits for what happens by itself; the limit is generous because the machine may be busy.</summary>
internal static class Eventually
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task BecomesTrueAsync(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"waited {Limit} in vain for: {what}");
            await poll.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Turns the virtual clock on until something is true; between two steps real time passes, so that workers get on.</summary>
    public static Task BecomesTrueAsync(FakeTimeProvider time, TimeSpan step, Func<bool> condition, string what) =>
        BecomesTrueAsync(
            () =>
            {
                if (condition())
                    return true;
                time.Advance(step);
                return condition();
            },
            what);

    /// <summary>Turns the virtual clock on until a task completes, and gives its outcome.</summary>
    public static async Task<T> CompletesAsync<T>(FakeTimeProvider time, TimeSpan step, Task<T> task)
    {
        await BecomesTrueAsync(time, step, () => task.IsCompleted, "the task to complete");
        return await task;
    }

    /// <summary>Turns the virtual clock on until a task completes, and gives its outcome.</summary>
    public static async Task CompletesAsync(FakeTimeProvider time, TimeSpan step, Task task)
    {
        await BecomesTrueAsync(time, step, () => task.IsCompleted, "the task to complete");
        await task;
    }
}
