namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>Waits for what becomes true by itself.</summary>
internal static class Until
{
    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(20);

    public static async Task TrueAsync(Func<Task<bool>> condition, string otherwise, TimeSpan? limit = null)
    {
        using var over = new CancellationTokenSource(limit ?? DefaultLimit);
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!await condition())
        {
            if (over.IsCancellationRequested)
                throw new TimeoutException(otherwise);
            await poll.WaitForNextTickAsync();
        }
    }
}
