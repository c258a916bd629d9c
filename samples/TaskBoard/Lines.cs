using Net.Mesh.Cortex;

namespace TaskBoard;

/// <summary>The board for a program that reads it: what it was told is done, and how many tasks there are, a line each.</summary>
internal static class Lines
{
    public static void Say(string line)
    {
        if (Console.IsOutputRedirected)
            Console.WriteLine(line);
    }

    public static async Task ShowAsync(IReadOnlyList<TaskItem> tasks, IAsyncEnumerable<IReadOnlyList<TaskItem>> changes)
    {
        Say($"table {Summary(tasks)}");
        try
        {
            await foreach (IReadOnlyList<TaskItem> now in changes)
                Say($"table {Summary(now)}");
        }
        catch (OperationCanceledException)
        {
            // The board is closed.
        }
    }

    /// <summary>How many, and how many of them are done.</summary>
    private static string Summary(IReadOnlyList<TaskItem> tasks) => $"{tasks.Count} {tasks.Count(task => task.Status == TaskItemStatus.Completed)}";
}
