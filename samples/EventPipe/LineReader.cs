using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace EventPipe;

/// <summary>A line of the input.</summary>
/// <param name="Source">The file, or - for standard input.</param>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Text">Its bytes without the line ending; the first part only when <paramref name="IsTooLong"/>.</param>
/// <param name="IsTooLong">Whether it is longer than <see cref="LineReader.MaxLineBytes"/>.</param>
internal readonly record struct InputLine(string Source, long Number, byte[] Text, bool IsTooLong = false);

/// <summary>Reads inputs one after the other, line by line, in bounded memory.</summary>
internal static class LineReader
{
    public const int MaxLineBytes = 1024 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>The lines that are not blank, until the input ends or is interrupted.</summary>
    public static async IAsyncEnumerable<InputLine> ReadAsync(IReadOnlyList<string> files, [EnumeratorCancellation] CancellationToken interrupted)
    {
        foreach (string file in files)
        {
            Stream stream = file == PipeOptions.StandardInput
                ? Console.OpenStandardInput()
                : new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan | FileOptions.Asynchronous);
            PipeReader reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
            await foreach (InputLine line in ReadAsync(file, reader, interrupted))
                yield return line;
            if (interrupted.IsCancellationRequested)
                yield break; // a read of standard input may still be waiting for it; it ends with the process
            await reader.CompleteAsync();
        }
    }

    private static async IAsyncEnumerable<InputLine> ReadAsync(string source, PipeReader reader, [EnumeratorCancellation] CancellationToken interrupted)
    {
        long number = 0;
        bool isSkipping = false;
        while (await TryReadAsync(reader, interrupted) is { } read)
        {
            ReadOnlySequence<byte> rest = read.Buffer;
            while (TryTakeLine(ref rest, read.IsCompleted, out ReadOnlySequence<byte> text))
            {
                if (isSkipping)
                {
                    isSkipping = false; // the end of a line that was too long
                    continue;
                }
                number++;
                if (ToLine(source, number, text) is { } line)
                    yield return line;
            }
            if (rest.Length > MaxLineBytes)
            {
                if (!isSkipping)
                    yield return new(source, ++number, rest.Slice(0, MaxLineBytes).ToArray(), IsTooLong: true);
                isSkipping = true;
                rest = rest.Slice(rest.End);
            }
            reader.AdvanceTo(rest.Start, read.Buffer.End);
            if (read.IsCompleted)
                yield break;
        }
    }

    private static async ValueTask<ReadResult?> TryReadAsync(PipeReader reader, CancellationToken interrupted)
    {
        try
        {
            // A console cannot be cancelled while it waits for a key, so the wait is.
            return await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(interrupted);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static bool TryTakeLine(ref ReadOnlySequence<byte> rest, bool isLast, out ReadOnlySequence<byte> line)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return true;
        }
        line = rest;
        if (!isLast || rest.IsEmpty)
            return false;
        rest = rest.Slice(rest.End);
        return true;
    }

    private static InputLine? ToLine(string source, long number, ReadOnlySequence<byte> text)
    {
        if (text.Length > MaxLineBytes)
            return new(source, number, text.Slice(0, MaxLineBytes).ToArray(), IsTooLong: true);
        byte[] bytes = text.ToArray();
        ReadOnlySpan<byte> line = bytes;
        if (number == 1 && line.StartsWith(ByteOrderMark))
            line = line[ByteOrderMark.Length..];
        line = line.Trim(" \t\r"u8);
        return line.IsEmpty ? null : new(source, number, line.Length == bytes.Length ? bytes : line.ToArray());
    }
}
