using Net.Mesh.Cortex.Events;
using Net.Mesh.Cortex.Memories;

namespace Net.Mesh.Cortex;

public sealed partial class MemoriesAdapter
{
    /// <summary>Stores a memory. One of the same id gets other content, tags and source, and keeps its pin and when it was first stored.</summary>
    /// <param name="id">Of your choice.</param>
    /// <param name="content">What is remembered.</param>
    /// <param name="tags">In their order; one may come twice.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> StoreAsync(ulong id, string content, IReadOnlyList<string> tags, string source, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        StoreAsync(id, content, tags, source, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Of your choice.</param>
    /// <param name="content">What is remembered.</param>
    /// <param name="tags">In their order; one may come twice.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> StoreAsync(ulong id, string content, IReadOnlyList<string> tags, string source, ulong nowNs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentNullException.ThrowIfNull(source);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(MemoryEvents.Stored(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, content, Span(tags), source, nowNs)));
    }

    /// <summary>Gives a memory other tags; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="tags">In their order; one may come twice.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> RetagAsync(ulong id, IReadOnlyList<string> tags, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        RetagAsync(id, tags, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Which.</param>
    /// <param name="tags">In their order; one may come twice.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> RetagAsync(ulong id, IReadOnlyList<string> tags, ulong nowNs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tags);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(MemoryEvents.Retagged(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, Span(tags), nowNs)));
    }

    /// <summary>Pins a memory; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> PinAsync(ulong id, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        PinAsync(id, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Which.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> PinAsync(ulong id, ulong nowNs, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(MemoryEvents.Pinned(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, isPinned: true, nowNs)));
    }

    /// <summary>Takes the pin from a memory; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> UnpinAsync(ulong id, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        UnpinAsync(id, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Which.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> UnpinAsync(ulong id, ulong nowNs, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(MemoryEvents.Pinned(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, isPinned: false, nowNs)));
    }

    /// <summary>Removes a memory; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> DeleteAsync(ulong id, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(MemoryEvents.Deleted(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id)));
    }

    private static ReadOnlySpan<string> Span(IReadOnlyList<string> tags) => tags as string[] ?? [.. tags];
}
