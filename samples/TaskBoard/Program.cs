using Net.Mesh;
using TaskBoard;

// A board of tasks that is a log: whoever opens the log has the board, whatever became of the process that wrote it.
const string Help = """
    TaskBoard                    starts a board as a copy of itself, kills it in the middle of its work, starts another on the same
                                 log, and tells what happens. Exit status: 0 all of it held, 1 not, 2 wrong usage
    TaskBoard board DIR          a board whose log lies under DIR: a live table on a terminal, a line a change elsewhere.
                                 A line of its input is a task, "done ID" and "rm ID" are what they say; it ends with its input
    TaskBoard board DIR --demo   the same, and it makes up tasks of its own
    """;
try
{
    switch (args)
    {
        case ["--help" or "-h"]:
            Console.WriteLine(Help);
            return 0;
        case []:
            return await Story.RunAsync();
        case ["board", var directory]:
            return await BoardProgram.RunAsync(directory, isDemo: false);
        case ["board", var directory, "--demo"]:
            return await BoardProgram.RunAsync(directory, isDemo: true);
        default:
            Console.Error.WriteLine(Help);
            return 2;
    }
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("TaskBoard: the story is not over after a minute, and is ended.");
    return 1;
}
catch (Exception problem) when (problem is MeshException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine($"TaskBoard: {problem.Message}");
    return 1;
}
