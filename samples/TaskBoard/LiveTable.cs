using Net.Mesh.Cortex;
using Spectre.Console;

namespace TaskBoard;

/// <summary>The board on a terminal: a table that is drawn anew with every change, and now and then for what stands below it.</summary>
internal static class LiveTable
{
    private const int FrameRows = 8; // borders, heads, the caption, and the line that is typed
    private static readonly TimeSpan CaptionInterval = TimeSpan.FromMilliseconds(500);

    // What is taller than the terminal cannot be drawn over.
    private static int MostRows => Math.Max(3, AnsiConsole.Profile.Height - FrameRows);

    public static Task ShowAsync(Board board, IReadOnlyList<TaskItem> tasks, IAsyncEnumerable<IReadOnlyList<TaskItem>> changes) =>
        AnsiConsole.Live(Draw(board, tasks)).StartAsync(async view =>
        {
            view.Refresh();
            await using IAsyncEnumerator<IReadOnlyList<TaskItem>> results = changes.GetAsyncEnumerator();
            try
            {
                Task<bool> next = results.MoveNextAsync().AsTask();
                while (true)
                {
                    await Task.WhenAny(next, Task.Delay(CaptionInterval));
                    if (next.IsCompleted)
                    {
                        if (!await next)
                            return;
                        tasks = results.Current;
                        next = results.MoveNextAsync().AsTask();
                    }
                    view.UpdateTarget(Draw(board, tasks));
                }
            }
            catch (OperationCanceledException)
            {
                // The board is closed; the last picture stays.
            }
        });

    // Titles are text and not markup, whatever is in them.
    private static Table Draw(Board board, IReadOnlyList<TaskItem> tasks)
    {
        int rows = MostRows;
        Table table = new Table().Border(TableBorder.Rounded).Expand().AddColumns("id", "task", "status", "changed");
        foreach (TaskItem task in tasks.OrderBy(task => task.UpdatedNs).TakeLast(rows))
        {
            bool isDone = task.Status == TaskItemStatus.Completed;
            table.AddRow(
                new Text($"{task.Id}"), new Text(task.Title, isDone ? new Style(decoration: Decoration.Dim) : Style.Plain),
                new Text(isDone ? "done" : "pending"), new Text($"{task.UpdatedAt.ToLocalTime():HH:mm:ss}"));
        }
        string more = tasks.Count > rows ? $"{tasks.Count - rows} more above; " : "";
        return table.Caption(Markup.Escape($"{more}{board.Footing()}"));
    }
}
