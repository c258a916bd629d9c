namespace Net.Mesh.Cortex.Models;

/// <summary>Waits until an adapter that was just opened has folded what was there, and closes it when that cannot be.</summary>
internal static class CaughtUp
{
    public static async ValueTask<TAdapter> OrClosedAsync<TAdapter, TState>(TAdapter adapter, CancellationToken cancellationToken)
        where TAdapter : ModelAdapter<TState>
    {
        try
        {
            await adapter.CatchUpAsync(cancellationToken).ConfigureAwait(false);
            return adapter;
        }
        catch
        {
            await adapter.CloseAsync().ConfigureAwait(false);
            throw;
        }
    }
}
