using System.Globalization;
using System.Security.Cryptography;

namespace TailLogs;

/// <summary>Starts the two nodes, tells the reader how far to read, and asks the server how far ahead it got.</summary>
internal static class Story
{
    public const string KeyVariable = "TAIL_LOGS_PSK"; // a secret goes through the environment or a file, never through the command line
    public const string Service = "logs/tail";

    private const int LinesWhileItIsWritten = 20;
    private const int Looks = 10;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly List<(string What, string Seen, bool IsRight)> Checks = [];

    public static byte[] Key() => Convert.FromHexString(Environment.GetEnvironmentVariable(KeyVariable)
        ?? throw new InvalidOperationException($"Set {KeyVariable} to 64 hexadecimal digits, the same on every node."));

    /// <summary>Tells the process that started this one, on a line: a word, and what there is to say about it.</summary>
    public static void Say(string word, object what) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{word} {what}"));

    public static async Task<int> RunAsync(string? file, uint window)
    {
        int lines = file is null ? LogFile.FirstLines : File.ReadLines(file).Count();
        if (lines < 10 * window)
            throw new InvalidOperationException($"The log has {lines} lines; to show something it needs {10 * window}, or a smaller window.");
        Environment.SetEnvironmentVariable(KeyVariable, Convert.ToHexString(RandomNumberGenerator.GetBytes(32))); // children inherit it
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        CancellationToken limit = patience.Token;
        using var server = new Child("the server", file is null ? ["serve"] : ["serve", file]);
        string path = await server.HearAsync("file", limit);
        using var reader = new Child("the reader", "read", await server.HearAsync("ticket", limit), window.ToString(CultureInfo.InvariantCulture));
        Console.WriteLine($"The server (process {server.Id}) serves {path}, {(file is null ? "which it writes itself" : "as it is")}; there are {lines} lines.");
        Console.WriteLine($"The reader (process {reader.Id}) has room for {window} lines that it has not read.");
        Console.WriteLine();

        await ReadAsync(server, reader, path, lines / 100, window, limit);
        await ReadAsync(server, reader, path, lines / 2, window, limit);
        // All of it, and what was not written yet when the reader began.
        int last = file is null ? lines + LinesWhileItIsWritten : lines;
        reader.Tell($"until {last}");
        await CompareAsync(reader, path, last, limit);

        reader.Tell("cancel");
        await reader.HearAsync("cancelled", limit);
        string ended = await server.HearAsync("ended", limit);
        Console.WriteLine($"The reader leaves, and the handler at the server ends: {ended}.");
        Check("the handler, when its reader left", ended, ended == "cancelled");
        bool[] stopped = [await reader.StopAsync(limit), await server.StopAsync(limit)];
        Check("processes that ended well", $"{stopped.Count(isWell => isWell)} of 2", stopped.All(isWell => isWell));
        return Judge();
    }

    private static async Task ReadAsync(Child server, Child reader, string path, int until, uint window, CancellationToken limit)
    {
        reader.Tell($"until {until}");
        await CompareAsync(reader, path, until, limit);
        // The window fills up, and stays full however long nobody reads. A reader gives room back for several lines at once, so a part of
        // it may be missing; the one line more waits at the server for room.
        long taken = 0;
        for (int look = 0; look < Looks || taken <= until; look++)
        {
            await Task.Delay(Pause, limit);
            long before = taken;
            taken = await TakenAsync(server, limit);
            if (taken != before)
                look = 0;
        }
        Console.WriteLine($"The reader stops at line {until}. The server has taken {taken} lines from the file, and takes no more, at {Looks} looks.");
        Check($"lines taken for {until} read, window {window}", $"{taken}", taken <= until + window + 1);
    }

    private static async Task CompareAsync(Child reader, string path, int until, CancellationToken limit)
    {
        string seen = await reader.HearAsync("read", limit), expected = HashOf(path, until);
        Check($"sha256 of {until} lines", seen[..16], seen == expected);
    }

    private static string HashOf(string path, int lines)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var file = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), System.Text.Encoding.Latin1);
        for (int line = 0; line < lines; line++)
            hash.AppendData(System.Text.Encoding.Latin1.GetBytes(file.ReadLine() + "\n")); // Latin-1 gives every byte back as it was
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static async Task<long> TakenAsync(Child server, CancellationToken limit)
    {
        server.Tell("how far");
        return long.Parse(await server.HearAsync("taken", limit), CultureInfo.InvariantCulture);
    }

    private static void Check(string what, string seen, bool isRight) => Checks.Add((what, seen, isRight));

    private static int Judge()
    {
        Console.WriteLine();
        foreach ((string what, string seen, bool isRight) in Checks)
            Console.WriteLine($"{(isRight ? "ok   " : "WRONG")}  {what,-40}  {seen}");
        bool isAllRight = Checks.All(check => check.IsRight);
        Console.WriteLine();
        Console.WriteLine(isAllRight ? "all of it held" : "SOMETHING IS WRONG");
        return isAllRight ? 0 : 1;
    }
}
