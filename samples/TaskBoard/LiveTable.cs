using Net.Mesh.Cortex;
using Spectre.Console;

namespace TaskBoard;

/// <summary>The board on a terminal: a table that is drawn anew with every change.</summary>
internal static class LiveTable
{
    private const int MostRows = 20;

    public static Task ShowAsync(Board board, IReadOnlyList<TaskItem> tasks, IAsyncEnumerable<IReadOnlyList<TaskItem>> changes) =>
        AnsiConsole.Live(Draw(board, tasks)).StartAsync(async view =>
        {
            view.Refresh();
            try
            {
                await foreach (IReadOnlyList<TaskItem> now in changes)
                    view.UpdateTarget(Draw(board, now));
            }
            catch (OperationCanceledException)
            {
                // The board is closed; the last picture stays.
            }
        });

    // Titles are text and not markup, whatever is in them.
    private static Table Draw(Board board, IReadOnlyList<TaskItem> tasks)
    {
        Table table = new Table().Border(TableBorder.Rounded).Expand().AddColumns("id", "task", "status", "changed");
        foreach (TaskItem task in tasks.TakeLast(MostRows))
        {
            bool isDone = task.Status == TaskItemStatus.Completed;
            table.AddRow(
                new Text($"{task.Id}"), new Text(task.Title, isDone ? new Style(decoration: Decoration.Dim) : Style.Plain),
                new Text(isDone ? "done" : "pending"), new Text($"{task.UpdatedAt.ToLocalTime():HH:mm:ss}"));
        }
        string more = tasks.Count > MostRows ? $"{tasks.Count - MostRows} more above; " : "";
        return table.Caption(Markup.Escape($"{more}{board.Footing()}"));
    }
}
