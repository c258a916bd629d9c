using System.Globalization;
using System.Runtime.CompilerServices;

namespace TailLogs;

/// <summary>A log file that somebody writes while others read it.</summary>
internal static class LogFile
{
    /// <summary>Lines that are there before anybody reads; more follow, one at a time.</summary>
    public const int FirstLines = 5000;

    private const int MaxLineBytes = 65_536;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Every line from the first on, without its end; then those that are written, until it is cancelled.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> TailAsync(string path, [EnumeratorCancellation] CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] buffer = new byte[MaxLineBytes];
        int start = 0, end = 0;
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return buffer.AsSpan(start, length).ToArray();
                start += length + 1;
                continue;
            }
            if (end - start == buffer.Length)
                throw new InvalidDataException($"A line is longer than {MaxLineBytes} bytes.");
            buffer.AsSpan(start, end - start).CopyTo(buffer); // the beginning of a line
            (start, end) = (0, end - start);
            int read = await file.ReadAsync(buffer.AsMemory(end), stop);
            end += read;
            if (read == 0)
                await Task.Delay(Pause, stop); // the end of the file is not the end of the log
        }
    }

    /// <summary>Writes a log, line by line: many at once, and then one after the other until it is cancelled.</summary>
    public static async Task WriteAsync(string path, TaskCompletionSource isBegun, CancellationToken stop)
    {
        await using var file = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete)) { NewLine = "\n" };
        try
        {
            for (int number = 1; ; number++)
            {
                await file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{number:000000} GET /items/{number * 7919 % 1000} {(number % 13 == 0 ? 404 : 200)}"));
                if (number < FirstLines)
                    continue;
                await file.FlushAsync(stop);
                isBegun.TrySetResult();
                await Task.Delay(Pause, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }
}
