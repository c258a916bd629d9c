namespace Net.Mesh.Cortex;

/// <summary>Appends to a log for one writer: with one of these on one thread, the same inputs give the same log, byte for byte but for the times.</summary>
/// <param name="file">The log.</param>
public sealed class OrderedAppender(RedexFile file)
{
    /// <summary>The log.</summary>
    public RedexFile File { get; } = file ?? throw new ArgumentNullException(nameof(file));

    /// <summary>Appends an event behind the one before.</summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="RedexException">The log refused; see <see cref="RedexFile.Append(ReadOnlySpan{byte})"/>.</exception>
    public ulong Append(ReadOnlySpan<byte> payload) => File.Append(payload);

    /// <summary>Appends an event of eight bytes that stand in the index itself.</summary>
    /// <returns>Its sequence.</returns>
    /// <exception cref="ArgumentException">The payload is not eight bytes long.</exception>
    /// <exception cref="RedexException">The log refused.</exception>
    public ulong AppendInline(ReadOnlySpan<byte> payload) => File.AppendInline(payload);

    /// <summary>Appends events in a row, all or none.</summary>
    /// <returns>The sequence of the first; null when there are none.</returns>
    /// <exception cref="RedexException">The log refused.</exception>
    public ulong? AppendBatch(IReadOnlyList<ReadOnlyMemory<byte>> payloads) => File.AppendBatch(payloads);
}
