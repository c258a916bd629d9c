using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

/// <summary>
/// A model that is open for one writer: its events get the writer's numbers, and its writes can be waited for. Tasks and memories derive from it, and so may
/// models of your own. Thread-safe.
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
public abstract class ModelAdapter<TState> : IAsyncDisposable
{
    private const int SmallestSnapshot = 1024;

    private readonly CortexModel<TState> _model;
    // As large as the last one was, the next one needs no growing while the fold waits.
    private int _snapshotBytes = SmallestSnapshot;

    /// <summary>Opens the log and begins to fold. Whoever derives waits with <see cref="CatchUpAsync"/> before it writes, so that no number is given out twice.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="model">The model.</param>
    /// <param name="origin">Who writes; one writer for each origin.</param>
    /// <param name="options">How it behaves.</param>
    /// <param name="snapshot">What <see cref="Snapshot"/> returned; null to fold the whole log.</param>
    /// <exception cref="CortexException">The log cannot be opened, the snapshot cannot be read, or the log has forgotten events behind it.</exception>
    /// <exception cref="ArgumentException">The options are wrong, or there is a snapshot and the model has no codec.</exception>
    protected ModelAdapter(Redex redex, CortexModel<TState> model, OriginHash origin, CortexAdapterOptions? options = null, ModelSnapshot? snapshot = null)
    {
        ArgumentNullException.ThrowIfNull(redex);
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        options = (options ?? new()) with { Origin = origin };
        Clock = options.TimeProvider ?? redex.Options.TimeProvider;
        if (snapshot is not { } taken)
        {
            Counter = new(origin);
            Cortex = CortexAdapter.Open(redex, model.Channel, Counter.Observing(model.Fold), model.CreateInitial(), options);
            return;
        }
        if (!TypedSnapshot.TryDecode(taken.Bytes.Span, CodecOf(model), out ulong next, out TState? state))
        {
            var failure = new RedexException(RedexErrorKind.Encode, $"{taken.Bytes.Length} bytes are no snapshot of {model.Channel}. Give it what {nameof(Snapshot)} returned, in full.");
            throw new CortexException(CortexErrorKind.Redex, failure.Message, failure);
        }
        Counter = new(origin, next);
        Cortex = CortexAdapter.OpenFromState(redex, model.Channel, Counter.Observing(model.Fold), state, taken.LastSeq, options);
    }

    /// <summary>The log and its fold.</summary>
    public CortexAdapter<TState> Cortex { get; }

    /// <summary>Who writes.</summary>
    public OriginHash Origin => Counter.Origin;

    /// <summary>The numbers of the writer's events.</summary>
    protected OriginCounter Counter { get; }

    /// <summary>The clock for events whose writer names no time.</summary>
    protected TimeProvider Clock { get; }

    /// <summary>Waits until a write is in the state: read your writes. Costs nothing when it is.</summary>
    /// <param name="token">What the write returned.</param>
    /// <param name="timeout">How long to wait; zero for a look.</param>
    /// <param name="cancellationToken">Gives up the wait.</param>
    /// <exception cref="WaitForTokenException">It is not, and why.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask WaitForAsync(WriteToken token, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Cortex.WaitForTokenAsync(token, timeout, cancellationToken);

    /// <summary>The same, with the outcome as a value.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask<TokenWaitResult> TryWaitForAsync(WriteToken token, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        Cortex.TryWaitForTokenAsync(token, timeout, cancellationToken);

    /// <summary>Whether a write is in the state, without waiting. <see cref="TokenWaitStatus.Timeout"/> says: not yet.</summary>
    public TokenWaitResult PollForToken(WriteToken token) => Cortex.PollForToken(token);

    /// <summary>Waits until an event was processed, be it skipped.</summary>
    /// <exception cref="CortexException">The fold stopped before.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask WaitForSeqAsync(ulong seq, CancellationToken cancellationToken = default) => Cortex.WaitForSeqAsync(seq, cancellationToken);

    /// <summary>Waits until everything that is in the log now was processed.</summary>
    /// <exception cref="CortexException">The fold stopped before.</exception>
    /// <exception cref="OperationCanceledException">The wait was given up.</exception>
    public ValueTask CatchUpAsync(CancellationToken cancellationToken = default) => Cortex.CatchUpAsync(cancellationToken);

    /// <summary>The state and the writer's next number as bytes, and the last event up to which the state holds every one.</summary>
    /// <exception cref="ArgumentException">The model has no codec for its state.</exception>
    public ModelSnapshot Snapshot()
    {
        PostcardCodec<TState> codec = CodecOf(_model);
        ModelSnapshot snapshot = Cortex.ReadState((state, position) => new ModelSnapshot(TypedSnapshot.Encode(Counter.Next, codec, state, _snapshotBytes), position.AppliedThrough));
        _snapshotBytes = Math.Max(SmallestSnapshot, snapshot.Bytes.Length);
        return snapshot;
    }

    /// <summary>Ends the fold; the log stays open and the state readable. Once is enough.</summary>
    public ValueTask CloseAsync() => Cortex.CloseAsync();

    /// <summary>Closes it; see <see cref="CloseAsync"/>.</summary>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return CloseAsync();
    }

    /// <summary>Appends an event with the next number and a checksum.</summary>
    /// <param name="dispatch">What it is.</param>
    /// <param name="tail">What the fold reads.</param>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    protected WriteToken Append(byte dispatch, ReadOnlyMemory<byte> tail) => Cortex.IngestWithToken(EventEnvelope.Create(dispatch, Origin, Counter.Take(), tail));

    /// <summary>Appends an event that is written already.</summary>
    /// <param name="payload">Meta with a number that was taken, and tail.</param>
    /// <exception cref="CortexException">The adapter is closed, or the log refused.</exception>
    protected WriteToken Append(ReadOnlySpan<byte> payload) => new(Origin, Cortex.Append(payload));

    private static PostcardCodec<TState> CodecOf(CortexModel<TState> model) =>
        model.StateCodec ?? throw new ArgumentException($"The model of {model.Channel} has no codec for its state. Set {nameof(CortexModel<>.StateCodec)} to take snapshots.", nameof(model));
}
