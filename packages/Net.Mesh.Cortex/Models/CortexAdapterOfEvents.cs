using Net.Mesh.Cortex.Events;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex;

/// <summary>A model of your own that is open for one writer: append events, wait for them, and read the state. Thread-safe.</summary>
/// <typeparam name="TState">The state.</typeparam>
/// <typeparam name="TEvent">The events.</typeparam>
public sealed class CortexAdapter<TState, TEvent> : ModelAdapter<TState>
{
    private readonly CortexModel<TState, TEvent> _model;

    internal CortexAdapter(Redex redex, CortexModel<TState, TEvent> model, OriginHash origin, CortexAdapterOptions? options, ModelSnapshot? snapshot)
        : base(redex, model, origin, options, snapshot) => _model = model;

    /// <summary>Appends an event.</summary>
    /// <returns>What to wait with for it to be in the state.</returns>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    public ValueTask<WriteToken> AppendAsync(TEvent value, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<WriteToken>(cancellationToken);
        EventPayloadBuffer buffer = EventPayloadBuffer.OfThisThread;
        PostcardWriter tail = buffer.Begin(_model.Dispatch, Origin, Counter.Take());
        _model.EventCodec.Write(ref tail, value);
        tail.Flush();
        return new(Append(buffer.Seal()));
    }

    /// <summary>Reads the state between two events; see <see cref="CortexAdapter{TState}.ReadState{TResult}(Func{TState, TResult})"/>.</summary>
    public TResult ReadState<TResult>(Func<TState, TResult> read) => Cortex.ReadState(read);

    /// <summary>What is read from the state now, and again whenever it has become another; see <see cref="CortexAdapter{TState}.Watch"/>.</summary>
    public IAsyncEnumerable<TResult> Watch<TResult>(Func<TState, TResult> read, IEqualityComparer<TResult>? comparer = null, CancellationToken cancellationToken = default) =>
        Cortex.Watch(read, comparer, cancellationToken);

    /// <summary>What is read from the state now, and what it becomes; see <see cref="CortexAdapter{TState}.SnapshotAndWatch"/>.</summary>
    public (TResult Snapshot, IAsyncEnumerable<TResult> Changes) SnapshotAndWatch<TResult>(
        Func<TState, TResult> read, IEqualityComparer<TResult>? comparer = null, CancellationToken cancellationToken = default) =>
        Cortex.SnapshotAndWatch(read, comparer, cancellationToken);
}
