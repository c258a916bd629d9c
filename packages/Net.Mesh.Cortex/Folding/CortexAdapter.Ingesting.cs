using System.Buffers;
using Net.Mesh.Cortex.Folding;

namespace Net.Mesh.Cortex;

public abstract partial class CortexAdapter
{
    private const int StackBytes = 512;

    /// <summary>
    /// Appends an event: its meta, then its tail. It works also when the fold has stopped, for the log is the truth; the state has it as soon as the fold
    /// has come there.
    /// </summary>
    /// <returns>Its sequence in the log.</returns>
    /// <exception cref="CortexException"><see cref="CortexErrorKind.Closed"/>: the adapter is closed; <see cref="CortexErrorKind.Redex"/>: the log refused.</exception>
    public ulong Ingest(in EventEnvelope envelope)
    {
        int size = envelope.Size;
        if (size <= StackBytes)
        {
            Span<byte> payload = stackalloc byte[size];
            envelope.Write(payload);
            return Append(payload);
        }
        byte[] rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            envelope.Write(rented);
            return Append(rented.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Appends what a value says it is as an event; see <see cref="Ingest(in EventEnvelope)"/>.</summary>
    /// <returns>Its sequence in the log.</returns>
    /// <exception cref="CortexException">As there.</exception>
    public ulong Ingest(IEnvelopeConvertible value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Ingest(value.ToEnvelope());
    }

    /// <summary>Appends an event, and returns what to wait with for it to be in the state; see <see cref="Ingest(in EventEnvelope)"/>.</summary>
    /// <returns>The origin in the event's meta, and its sequence.</returns>
    /// <exception cref="CortexException">As there.</exception>
    public WriteToken IngestWithToken(in EventEnvelope envelope) => new(envelope.Meta.Origin, Ingest(envelope));

    /// <summary>Appends an event that is written already, meta and tail or whatever the fold reads; see <see cref="Ingest(in EventEnvelope)"/>.</summary>
    /// <returns>Its sequence in the log.</returns>
    /// <exception cref="CortexException">As there.</exception>
    public ulong Append(ReadOnlySpan<byte> payload)
    {
        if (Volatile.Read(ref _isClosed))
            throw new CortexException(CortexErrorKind.Closed, $"The adapter over {File.Name} is closed. Open another to write.");
        ulong seq;
        try
        {
            seq = File.Append(payload);
        }
        catch (RedexException failure)
        {
            throw Refused(failure);
        }
        if (seq == ulong.MaxValue)
            Progress.Halt(Exhausted(), isError: true);
        return seq;
    }

    private protected FoldStop Exhausted() => new(FoldStopReason.LogExhausted, ulong.MaxValue, $"The log {File.Name} has given out its last sequence.");
}
