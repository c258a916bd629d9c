using System.CommandLine;
using System.Runtime.CompilerServices;
using Net.Mesh.Cli.Databases;
using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>db</c>: the tasks and memories of a database, and what its verbs have in common.</summary>
internal static class DbCommands
{
    public static Command Db() => new Verb("db", "Read and change the tasks and memories of a database.", """
        A database is what the events of its logs come to; they lie under --dir or NETMESH_REDEX_DIR as cortex/tasks and
        cortex/memories. "list" and "watch" read them beside a process that has them open and change nothing; the other verbs
        write, which one process at a time can.
        """) { DbTaskCommands.Tasks(), DbMemoryCommands.Memories() };

    /// <summary>Tells what there is, or fails when there is no such log.</summary>
    public static async Task<int> ListAsync<TRow>(Run run, LogStore store, ChannelName channel, Func<NetDb, IReadOnlyList<TRow>> find, RowFormat<TRow> format)
        where TRow : class
    {
        DatabaseCopy copy = await DatabaseCopy.ReadAsync(run.Output, store, channel, mayComeLater: false, run.Time, run.Interrupted).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            foreach (TRow row in find(copy.Db))
                format.Tell(run.Output, RowChange.Listed, row);
        }
        return ExitCode.Success;
    }

    /// <summary>Tells what there is and then what changes, until Ctrl+C or nobody reads any more.</summary>
    public static async Task<int> WatchAsync<TRow>(
        Run run, LogStore store, ChannelName channel, Func<NetDb, CancellationToken, (IReadOnlyList<TRow> Snapshot, IAsyncEnumerable<IReadOnlyList<TRow>> Changes)> watch, RowFormat<TRow> format)
        where TRow : class
    {
        Output output = run.Output.ForReader();
        var reading = new WhileSomebodyReads(run.Time, run.Interrupted);
        await using ConfiguredAsyncDisposable ended = reading.ConfigureAwait(false);
        DatabaseCopy copy = await DatabaseCopy.ReadAsync(run.Output, store, channel, mayComeLater: true, run.Time, run.Interrupted).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(reading.Token);
            (IReadOnlyList<TRow> last, IAsyncEnumerable<IReadOnlyList<TRow>> changes) = watch(copy.Db, stop.Token);
            Task following = copy.FollowAsync(run.Time, stop.Token);
            Task telling = TellAsync();
            // Whichever fails ends the other.
            await Task.WhenAny(following, telling).ConfigureAwait(false);
            await stop.CancelAsync().ConfigureAwait(false);
            try
            {
                await Task.WhenAll(telling, following).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (reading.Token.IsCancellationRequested)
            {
                // A signal, or that nobody reads, is how watching ends.
            }

            async Task TellAsync()
            {
                foreach (TRow row in last)
                    format.Tell(output, RowChange.Listed, row);
                await foreach (IReadOnlyList<TRow> now in changes.ConfigureAwait(false))
                {
                    format.TellChanges(output, last, now);
                    last = now;
                }
            }
        }
        return ExitCode.Success;
    }

    /// <summary>Opens a database for a write, and closes it again.</summary>
    public static async Task<int> WriteAsync(Run run, LogStore store, ChannelName channel, ulong origin, bool mayBeNew, Func<DatabaseWriter, Task> write)
    {
        DatabaseWriter writer = await DatabaseWriter.OpenAsync(run.Output, store, channel, origin, mayBeNew, run.Time, run.Interrupted).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
            await write(writer).ConfigureAwait(false);
        return ExitCode.Success;
    }
}
