using Net.Mesh.Cortex.Models;

namespace Net.Mesh.Cortex;

/// <summary>Opens models of your own.</summary>
public static class RedexModelExtensions
{
    extension(Redex redex)
    {
        /// <summary>Opens a model, and returns when everything that is in its log is folded.</summary>
        /// <param name="model">The model.</param>
        /// <param name="origin">Who writes; one writer for each origin.</param>
        /// <param name="options">How it behaves.</param>
        /// <param name="cancellationToken">Gives up the wait.</param>
        /// <exception cref="CortexException">The log cannot be opened, or the fold stopped.</exception>
        /// <exception cref="ArgumentException">The options are wrong.</exception>
        public ValueTask<CortexAdapter<TState, TEvent>> OpenModelAsync<TState, TEvent>(
            CortexModel<TState, TEvent> model, OriginHash origin, CortexAdapterOptions? options = null, CancellationToken cancellationToken = default) =>
            CaughtUp.OrClosedAsync<CortexAdapter<TState, TEvent>, TState>(new(redex, model, origin, options, snapshot: null), cancellationToken);

        /// <summary>The same from a snapshot: only what comes behind it is folded.</summary>
        /// <param name="model">The model; it has a codec for its state.</param>
        /// <param name="origin">Who writes; one writer for each origin.</param>
        /// <param name="snapshot">What <see cref="ModelAdapter{TState}.Snapshot"/> returned.</param>
        /// <param name="options">How it behaves.</param>
        /// <param name="cancellationToken">Gives up the wait.</param>
        /// <exception cref="CortexException">The snapshot cannot be read, the log cannot be opened or has forgotten events, or the fold stopped.</exception>
        /// <exception cref="ArgumentException">The options are wrong, or the model has no codec for its state.</exception>
        public ValueTask<CortexAdapter<TState, TEvent>> OpenModelFromSnapshotAsync<TState, TEvent>(
            CortexModel<TState, TEvent> model, OriginHash origin, ModelSnapshot snapshot, CortexAdapterOptions? options = null, CancellationToken cancellationToken = default) =>
            CaughtUp.OrClosedAsync<CortexAdapter<TState, TEvent>, TState>(new(redex, model, origin, options, snapshot), cancellationToken);
    }
}
