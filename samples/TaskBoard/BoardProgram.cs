using System.Runtime.InteropServices;
using Net.Mesh;
using Net.Mesh.Cortex;

namespace TaskBoard;

/// <summary>A board that shows itself and is told lines.</summary>
internal static class BoardProgram
{
    private static readonly string[] Chores = ["write docs", "ask the customer", "water the plants", "measure again", "call back", "tidy the logs"];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(700);

    public static async Task<int> RunAsync(string directory, string? ticket, bool isDemo)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        await using Board board = await Board.OpenAsync(directory, ticket is null ? null : MeshTicket.Parse(ticket), stop.Token);
        Console.WriteLine($"ticket {board.Node.Ticket}");
        // The table is right from the first moment on, and no change between the two is missed.
        (IReadOnlyList<TaskItem> tasks, IAsyncEnumerable<IReadOnlyList<TaskItem>> changes) = board.Tasks.SnapshotAndWatch(TasksFilter.All, stop.Token);
        Task showing = Console.IsOutputRedirected ? Lines.ShowAsync(tasks, changes) : LiveTable.ShowAsync(board, tasks, changes);
        Task working = isDemo ? DemoAsync(board, stop.Token) : Task.CompletedTask;
        try
        {
            // Until the input ends. A terminal is read on a thread of its own: it is not to be interrupted, and is not waited for.
            while (await Task.Run(Console.In.ReadLine).WaitAsync(stop.Token) is { } line)
            {
                if (line.Trim() is { Length: > 0 } said)
                    Lines.Say(await board.TellAsync(said, stop.Token));
            }
            if (isDemo)
                await working; // it has no input to end with
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl+C is another way to end it.
        }
        await stop.CancelAsync();
        await Task.WhenAll(showing, working);
        return 0;
    }

    private static async Task DemoAsync(Board board, CancellationToken stop)
    {
        try
        {
            for (int turn = 0; ; turn++)
            {
                TaskItem? oldest = board.Tasks.Query().WithStatus(TaskItemStatus.Pending).OrderBy(TasksOrderBy.Id).FirstOrDefault();
                await board.TellAsync(turn % 3 == 2 && oldest is not null ? $"done {oldest.Id}" : Chores[turn % Chores.Length], stop);
                await Task.Delay(Pause, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The board is closed.
        }
    }
}
