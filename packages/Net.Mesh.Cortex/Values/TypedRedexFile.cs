using System.Buffers;
using System.Runtime.CompilerServices;

namespace Net.Mesh.Cortex;

/// <summary>A log of values of one type, in postcard. Thread-safe.</summary>
/// <param name="file">The log.</param>
/// <param name="codec">Writes and reads a value.</param>
/// <typeparam name="T">The values.</typeparam>
public sealed class TypedRedexFile<T>(RedexFile file, PostcardCodec<T> codec)
{
    private readonly PostcardCodec<T> _codec = codec ?? throw new ArgumentNullException(nameof(codec));

    /// <summary>The log.</summary>
    public RedexFile File { get; } = file ?? throw new ArgumentNullException(nameof(file));

    /// <summary>Appends a value.</summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="RedexException">The log refused.</exception>
    public ulong Append(T value) => File.AppendPostcard(value, _codec);

    /// <summary>Appends values in a row, all or none.</summary>
    /// <returns>The sequence of the first; null when there are none.</returns>
    /// <exception cref="RedexException">The log refused.</exception>
    public ulong? AppendBatch(IEnumerable<T> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var bytes = new ArrayBufferWriter<byte>();
        var ends = new List<int>();
        foreach (T value in values)
        {
            _codec.Encode(value, bytes);
            ends.Add(bytes.WrittenCount);
        }
        var payloads = new ReadOnlyMemory<byte>[ends.Count];
        for (int i = 0; i < payloads.Length; i++)
        {
            int start = i == 0 ? 0 : ends[i - 1];
            payloads[i] = bytes.WrittenMemory[start..ends[i]];
        }
        return File.AppendBatch(payloads);
    }

    /// <summary>The events from one sequence up to but not another, as the log is now.</summary>
    public IEnumerable<TypedRedexEvent<T>> ReadRange(ulong start, ulong end) => File.ReadRange(start, end).Select(read => new TypedRedexEvent<T>(in read, _codec));

    /// <summary>The events from a sequence on: those that are there, then those that come. One that is no value does not end it.</summary>
    /// <param name="from">The sequence.</param>
    /// <param name="mode">What becomes of a reader that does not keep up.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RedexException">While it is read: <see cref="RedexErrorKind.Lagged"/> or <see cref="RedexErrorKind.Closed"/>.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async IAsyncEnumerable<TypedRedexEvent<T>> TailAsync(ulong from = 0, TailMode mode = TailMode.Bounded, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (RedexEvent read in File.TailAsync(from, mode, cancellationToken).ConfigureAwait(false))
            yield return new TypedRedexEvent<T>(in read, _codec);
    }

    /// <summary>Begins an index over the log.</summary>
    /// <param name="project">What a value does to the index; nothing, one or more. It does not throw.</param>
    /// <param name="start">Where to begin.</param>
    /// <param name="mode">Whether a reader that is far behind is cut off, and begins anew. Default: it is not, as long as the log has what it needs.</param>
    /// <param name="timeProvider">The clock of pauses after having begun anew several times in a row; the store's by default.</param>
    public RedexIndex<TKey, TValue> Index<TKey, TValue>(
        Func<T, IEnumerable<IndexOp<TKey, TValue>>> project, IndexStart start = default, TailMode mode = TailMode.Lossless, TimeProvider? timeProvider = null)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(project);
        return RedexIndex<TKey, TValue>.Begin(this, project, start, mode, timeProvider ?? File.Time);
    }
}
