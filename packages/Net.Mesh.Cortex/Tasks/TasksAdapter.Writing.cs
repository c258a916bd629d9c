using Net.Mesh.Cortex.Events;
using Net.Mesh.Cortex.Tasks;

namespace Net.Mesh.Cortex;

public sealed partial class TasksAdapter
{
    /// <summary>Creates a task, or replaces the one of the same id as a whole.</summary>
    /// <param name="id">Of your choice.</param>
    /// <param name="title">What is to be done.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> CreateAsync(ulong id, string title, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        CreateAsync(id, title, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Of your choice.</param>
    /// <param name="title">What is to be done.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> CreateAsync(ulong id, string title, ulong nowNs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(title);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(TaskEvents.Created(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, title, nowNs)));
    }

    /// <summary>Gives a task another title; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="title">What is to be done.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> RenameAsync(ulong id, string title, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        RenameAsync(id, title, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Which.</param>
    /// <param name="title">What is to be done.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> RenameAsync(ulong id, string title, ulong nowNs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(title);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(TaskEvents.Renamed(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, title, nowNs)));
    }

    /// <summary>Says that a task is done; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="at">When; now by default.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> CompleteAsync(ulong id, DateTimeOffset? at = null, CancellationToken cancellationToken = default) =>
        CompleteAsync(id, at is { } time ? UnixNanoseconds.From(time) : UnixNanoseconds.Now(Clock), cancellationToken);

    /// <summary>The same at a time in Unix nanoseconds.</summary>
    /// <param name="id">Which.</param>
    /// <param name="nowNs">When.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> CompleteAsync(ulong id, ulong nowNs, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(TaskEvents.Completed(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id, nowNs)));
    }

    /// <summary>Removes a task; nothing happens when there is none of the id.</summary>
    /// <param name="id">Which.</param>
    /// <param name="cancellationToken">Keeps it from being appended.</param>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> DeleteAsync(ulong id, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        return new(Append(TaskEvents.Deleted(EventPayloadBuffer.OfThisThread, Origin, Counter.Take(), id)));
    }
}
