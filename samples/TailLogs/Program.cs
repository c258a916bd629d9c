using System.Globalization;
using Net.Mesh;
using TailLogs;

// A server streams a log file while it is written; a reader takes the lines in its own time, and holds the server back with it.
const string Help = """
    TailLogs [FILE] [--window N]   starts a server and a reader as copies of itself, and tells what happens. Without a file
                                   the server writes one. The reader has room for N lines (default 16).
                                   Exit status: 0 all of it held, 1 not, 2 wrong usage

    By hand, on two terminals with the same TAIL_LOGS_PSK, 64 hexadecimal digits:
      TailLogs serve [FILE]        prints its ticket; says at every line of its input how many lines it has taken from the file
      TailLogs read TICKET N       reads "until NUMBER" and "cancel"
    """;
try
{
    switch (args)
    {
        case ["--help" or "-h"]:
            Console.WriteLine(Help);
            return 0;
        case ["serve"]:
            return await Server.RunAsync(null);
        case ["serve", var file] when File.Exists(file):
            return await Server.RunAsync(file);
        case ["read", var text, var room] when MeshTicket.TryParse(text, out MeshTicket? ticket, out _) && TryParseWindow(room, out uint window):
            return await Reader.RunAsync(ticket, window);
        case []:
            return await Story.RunAsync(null, 16);
        case [var file] when File.Exists(file):
            return await Story.RunAsync(file, 16);
        case ["--window", var room] when TryParseWindow(room, out uint window):
            return await Story.RunAsync(null, window);
        case [var file, "--window", var room] when File.Exists(file) && TryParseWindow(room, out uint window):
            return await Story.RunAsync(file, window);
        default:
            Console.Error.WriteLine(Help);
            return 2;
    }
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("TailLogs: the story is not over after a minute, and is ended.");
    return 1;
}
catch (Exception problem) when (problem is MeshException or InvalidOperationException or IOException)
{
    Console.Error.WriteLine($"TailLogs: {problem.Message}");
    return 1;
}

static bool TryParseWindow(string text, out uint window) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out window) && window is > 0 and <= 10_000;
