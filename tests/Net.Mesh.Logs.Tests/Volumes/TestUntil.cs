namespace Net.Mesh.Logs.Tests.Volumes;

/// <summary>Waits for a condition that other threads bring about; the test's own end is the limit.</summary>
internal static class TestUntil
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
