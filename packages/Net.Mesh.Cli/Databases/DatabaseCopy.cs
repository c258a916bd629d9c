using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Databases;

/// <summary>
/// The state of a database, folded in memory from its log's files: nothing on disk is changed, and another process may have it open.
/// </summary>
internal sealed class DatabaseCopy : IAsyncDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly LogStore _store;
    private readonly ChannelName _channel;
    private readonly Redex _redex;
    private readonly ulong _next;

    private DatabaseCopy(LogStore store, ChannelName channel, Redex redex, NetDb db, ulong next) =>
        (_store, _channel, _redex, Db, _next) = (store, channel, redex, db, next);

    public NetDb Db { get; }

    /// <summary>Reads the log of a model as it is.</summary>
    /// <param name="output">Where it speaks.</param>
    /// <param name="store">Where the log lies.</param>
    /// <param name="channel">The model's channel.</param>
    /// <param name="mayComeLater">Whether a log that is not there is an empty one.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stop">Gives it up.</param>
    public static async Task<DatabaseCopy> ReadAsync(Output output, LogStore store, ChannelName channel, bool mayComeLater, TimeProvider time, CancellationToken stop)
    {
        RedexInspection? found = Redex.Inspect(store.Path, channel);
        if (found is null && !mayComeLater)
            throw store.Missing(channel);
        if (found is null)
            output.Note($"wait   {channel} is not there yet");
        var redex = new Redex(new() { TimeProvider = time });
        RedexFile log = redex.Open(channel);
        foreach (RedexEvent read in found?.ReadRange(0, ulong.MaxValue) ?? [])
            log.Append(read.Payload.Span);
        NetDbBuilder builder = NetDb.CreateBuilder(redex);
        builder = channel == CortexChannels.Tasks ? builder.WithTasks() : builder.WithMemories();
        NetDb db = await builder.BuildAsync(stop).ConfigureAwait(false);
        Warn(output, channel, found?.Report, db.Folds[0].FoldErrors);
        return new(store, channel, redex, db, found?.Report.NextSeq ?? 0);
    }

    /// <summary>Folds what is appended to the log from now on, until it is cancelled.</summary>
    public async Task FollowAsync(TimeProvider time, CancellationToken stop)
    {
        RedexFile log = _redex.Open(_channel);
        await foreach (RedexEvent read in Redex.FollowAsync(_store.Path, _channel, _next, PollInterval, time, stop).ConfigureAwait(false))
            log.Append(read.Payload.Span);
    }

    public async ValueTask DisposeAsync()
    {
        await Db.DisposeAsync().ConfigureAwait(false);
        await _redex.DisposeAsync().ConfigureAwait(false);
    }

    private static void Warn(Output output, ChannelName channel, RedexRecovery? report, long unread)
    {
        if (report?.HasLosses == true)
            output.Note($"lost   {channel} has lost events, and what they did is missing here; see \"netmesh redex verify {channel}\"");
        if (report?.FirstSeq > 0)
            output.Note($"part   {channel} begins at {report.FirstSeq}; what was before is missing here");
        if (unread > 0)
            output.Note($"skip   {unread} events of {channel} could not be read");
    }
}
