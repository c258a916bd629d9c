using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Databases;

/// <summary>A database that is open for writing, which one process at a time can have.</summary>
internal sealed class DatabaseWriter : IAsyncDisposable
{
    private static readonly TimeSpan FoldLimit = TimeSpan.FromSeconds(30);

    private readonly Redex _redex;
    private readonly NetDb _db;

    private DatabaseWriter(Redex redex, NetDb db) => (_redex, _db) = (redex, db);

    public TasksAdapter Tasks => _db.Tasks;

    public MemoriesAdapter Memories => _db.Memories;

    /// <summary>Opens the log of a model and folds it.</summary>
    /// <param name="output">Where it speaks.</param>
    /// <param name="store">Where the log lies.</param>
    /// <param name="channel">The model's channel.</param>
    /// <param name="origin">Who writes.</param>
    /// <param name="mayBeNew">Whether a log that is not there is made.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Gives it up.</param>
    public static async Task<DatabaseWriter> OpenAsync(Output output, LogStore store, ChannelName channel, ulong origin, bool mayBeNew, TimeProvider time, CancellationToken stop)
    {
        if (!store.RefuseDamaged(channel))
        {
            if (!mayBeNew)
                throw store.Missing(channel);
            output.Note($"new    {channel} in {store.Path}");
        }
        var redex = new Redex(new() { PersistentDirectory = store.Path, TimeProvider = time });
        try
        {
            NetDbBuilder builder = NetDb.CreateBuilder(redex).WithOrigin(origin).Persistent();
            builder = channel == CortexChannels.Tasks ? builder.WithTasks() : builder.WithMemories();
            return new(redex, await builder.BuildAsync(stop).ConfigureAwait(false));
        }
        catch (Exception cause)
        {
            await redex.DisposeAsync().ConfigureAwait(false);
            if (cause is CortexException { InnerException: RedexException refused })
                throw LogOpener.Explain(refused, channel, store.DirectoryOf(channel));
            throw;
        }
    }

    /// <summary>Waits until a write can be read.</summary>
    public static async Task FoldAsync<TState>(ModelAdapter<TState> model, WriteToken written, CancellationToken stop) =>
        await model.WaitForAsync(written, FoldLimit, stop).ConfigureAwait(false);

    // Closing syncs: what was said to be done is on the disk when the program ends.
    public async ValueTask DisposeAsync()
    {
        await _db.DisposeAsync().ConfigureAwait(false);
        await _redex.DisposeAsync().ConfigureAwait(false);
    }
}
