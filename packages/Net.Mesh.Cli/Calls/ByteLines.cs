using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Net.Mesh.Cli.Calls;

/// <summary>The lines of a stream of bytes, without their ends, whatever they are text of.</summary>
internal static class ByteLines
{
    private const int MaxLineBytes = 1024 * 1024;

    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream source, [EnumeratorCancellation] CancellationToken stop)
    {
        PipeReader reader = PipeReader.Create(source);
        while (true)
        {
            ReadResult read = await reader.ReadAsync(stop).ConfigureAwait(false);
            ReadOnlySequence<byte> rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                yield return rest.Slice(0, end).ToArray();
                rest = rest.Slice(rest.GetPosition(1, end));
            }
            if (rest.Length > MaxLineBytes)
                throw new InvalidDataException($"A line is longer than {MaxLineBytes} bytes.");
            if (read.IsCompleted)
            {
                if (rest.Length > 0)
                    yield return rest.ToArray();
                break;
            }
            reader.AdvanceTo(rest.Start, rest.End);
        }
        await reader.CompleteAsync().ConfigureAwait(false);
    }
}
