using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Channels;

/// <summary>The lines of a source as bytes, as many at a time as have arrived. The line break is no part of a line.</summary>
internal static class LineSource
{
    /// <summary>The longest line: what a message of the secure profile may hold.</summary>
    public const int MaxLineBytes = 16 * 1024 * 1024;

    private const int MaxLinesAtOnce = 256;
    private const int MaxBytesAtOnce = 64 * 1024;

    public static async IAsyncEnumerable<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken stop)
    {
        PipeReader reader = PipeReader.Create(source, new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            // A console or a pipe cannot be cancelled while it waits, so the wait is.
            ReadResult read = await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(stop).ConfigureAwait(false);
            ReadOnlySequence<byte> rest = read.Buffer;
            while (Take(ref rest, read.IsCompleted) is { Count: > 0 } lines)
                yield return lines;
            if (rest.Length > MaxLineBytes)
                throw new CommandException(ExitCode.Failure, "line-too-long", $"a line has more than {MaxLineBytes} bytes, the most that a message holds; split it.");
            if (read.IsCompleted)
                yield break;
            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    private static List<ReadOnlyMemory<byte>> Take(ref ReadOnlySequence<byte> rest, bool isLast)
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        long bytes = 0;
        while (lines.Count < MaxLinesAtOnce && bytes < MaxBytesAtOnce && !rest.IsEmpty)
        {
            SequencePosition? end = rest.PositionOf((byte)'\n');
            if (end is null && !isLast)
                break;
            ReadOnlySequence<byte> line = end is { } position ? rest.Slice(0, position) : rest;
            rest = end is { } found ? rest.Slice(rest.GetPosition(1, found)) : rest.Slice(rest.End);
            lines.Add(line.ToArray());
            bytes += line.Length;
        }
        return lines;
    }
}
