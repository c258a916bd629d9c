using System.Globalization;
using Net.Mesh;
using Net.Mesh.Cortex;

namespace TaskBoard;

/// <summary>The board: a database of tasks over a log on disk. What it is told it appends; what it shows it has folded.</summary>
internal sealed class Board : IAsyncDisposable
{
    private readonly Redex _redex;
    private readonly NetDb _db;
    private ulong _lastId;

    private Board(Redex redex, NetDb db)
    {
        (_redex, _db) = (redex, db);
        _lastId = Tasks.Query().OrderBy(TasksOrderBy.IdDescending).FirstOrDefault()?.Id ?? 0;
    }

    public TasksAdapter Tasks => _db.Tasks;

    /// <summary>Opens the log and folds what is in it.</summary>
    public static async Task<Board> OpenAsync(string directory)
    {
        var redex = new Redex(new RedexOptions { PersistentDirectory = directory });
        try
        {
            return new Board(redex, await NetDb.CreateBuilder(redex).WithTasks().Persistent().BuildAsync());
        }
        catch
        {
            await redex.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does what a line says: "done ID", "rm ID", or a task to add. When it returns, the write can be read.</summary>
    public async Task<string> TellAsync(string line, CancellationToken stop)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        bool hasId = ulong.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong id);
        (WriteToken written, string said) = words switch
        {
            ["done", _] when hasId => (await Tasks.CompleteAsync(id, cancellationToken: stop), $"done {id}"),
            ["rm", _] when hasId => (await Tasks.DeleteAsync(id, stop), $"removed {id}"),
            _ => await AddAsync(line, stop),
        };
        await Tasks.WaitForAsync(written, TimeSpan.FromSeconds(10), stop); // read your writes
        return said;
    }

    /// <summary>Where the log is, and how far behind it the table is.</summary>
    public string Footing()
    {
        RedexFile log = Tasks.Cortex.File;
        return $"alone; {log.NextSeq} events in {log.Name}, the table is {Tasks.Cortex.Backlog} behind";
    }

    private async Task<(WriteToken, string)> AddAsync(string title, CancellationToken stop)
    {
        ulong added = Interlocked.Increment(ref _lastId);
        return (await Tasks.CreateAsync(added, title, cancellationToken: stop), $"added {added}");
    }

    public async ValueTask DisposeAsync()
    {
        await _db.DisposeAsync();
        await _redex.DisposeAsync();
    }
}
