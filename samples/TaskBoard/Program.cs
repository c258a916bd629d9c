using Net.Mesh;
using TaskBoard;

// A board of tasks that is a replicated log: every process has all of it, and when the one that leads is killed, the others go on.
const string Help = """
    TaskBoard                             starts three boards as copies of itself, kills the one that leads, brings it back, and tells
                                          what happens. Exit status: 0 all of it held, 1 not, 2 wrong usage

    By hand, on a terminal each with the same TASK_BOARD_PSK (64 hexadecimal digits):
      TaskBoard serve DIR [--demo]        the first board; its log lies under DIR. Prints its ticket
      TaskBoard join TICKET DIR [--demo]  another one, also one that was killed and comes back; any board's ticket does

    A board is a live table on a terminal, a line a change elsewhere. A line of its input is a task to add, "done ID" and "rm ID" are
    what they say, "status" answers a program; it ends with its input. With --demo it makes up tasks of its own.
    TASK_BOARD_ADDRESS says where it listens (default 127.0.0.1:0).
    """;
bool isDemo = args is [.., "--demo"];
try
{
    switch (isDemo ? args[..^1] : args)
    {
        case ["--help" or "-h"]:
            Console.WriteLine(Help);
            return 0;
        case [] when !isDemo:
            return await Story.RunAsync();
        case ["serve", var directory]:
            return await BoardProgram.RunAsync(directory, ticket: null, isDemo);
        case ["join", var ticket, var directory] when MeshTicket.TryParse(ticket, null, out _):
            return await BoardProgram.RunAsync(directory, ticket, isDemo);
        default:
            Console.Error.WriteLine(Help);
            return 2;
    }
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("TaskBoard: interrupted before the board was there.");
    return 1;
}
catch (Exception problem) when (problem is MeshException or InvalidOperationException or ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"TaskBoard: {problem.Message}");
    return 1;
}
