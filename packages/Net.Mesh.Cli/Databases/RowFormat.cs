using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Databases;

/// <summary>How the rows of a model are told: as text and as objects, each with what became of it.</summary>
internal abstract class RowFormat<TRow>
    where TRow : class
{
    public abstract ulong IdOf(TRow row);

    public abstract void Tell(Output output, RowChange change, TRow row);

    /// <summary>What has changed between two results, by id.</summary>
    public void TellChanges(Output output, IReadOnlyList<TRow> before, IReadOnlyList<TRow> after)
    {
        Dictionary<ulong, TRow> old = before.ToDictionary(IdOf);
        foreach (TRow row in after)
        {
            if (!old.Remove(IdOf(row), out TRow? was))
                Tell(output, RowChange.Added, row);
            else if (!row.Equals(was))
                Tell(output, RowChange.Changed, row);
        }
        foreach (TRow gone in before.Where(row => old.ContainsKey(IdOf(row))))
            Tell(output, RowChange.Removed, gone);
    }

    protected static string Word(RowChange change) => change.ToString().ToLowerInvariant();

    protected static string Text(RowChange change, string row) => $"{(change == RowChange.Listed ? "" : $"{Word(change),-8}")}{Printable.Text(row)}";

    protected static string TimeOf(ulong nanoseconds) => EventWriter.TimeOf(nanoseconds);
}

/// <summary>What became of a row.</summary>
internal enum RowChange
{
    Listed,
    Added,
    Changed,
    Removed,
}

internal sealed class TaskFormat : RowFormat<TaskItem>
{
    public static readonly TaskFormat Instance = new();

    public override ulong IdOf(TaskItem row) => row.Id;

    public override void Tell(Output output, RowChange change, TaskItem row) => output.Result(
        new TaskLine(Word(change), row.Id, row.Title, StatusOf(row), TimeOf(row.CreatedNs), TimeOf(row.UpdatedNs)),
        Text(change, $"{row.Id,6}  {StatusOf(row),-7}  {row.Title}"));

    private static string StatusOf(TaskItem row) => row.Status == TaskItemStatus.Completed ? "done" : "pending";
}

internal sealed class MemoryFormat : RowFormat<MemoryItem>
{
    public static readonly MemoryFormat Instance = new();

    public override ulong IdOf(MemoryItem row) => row.Id;

    public override void Tell(Output output, RowChange change, MemoryItem row) => output.Result(
        new MemoryLine(Word(change), row.Id, row.Content, [.. row.Tags], row.Source, row.IsPinned, TimeOf(row.CreatedNs), TimeOf(row.UpdatedNs)),
        Text(change, $"{row.Id,6}  {(row.IsPinned ? "pinned" : "      ")}  {row.Content}  [{string.Join(", ", row.Tags)}] {row.Source}"));
}
