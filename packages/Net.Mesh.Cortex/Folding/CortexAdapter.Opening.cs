using Net.Mesh.Cortex.Folding;

namespace Net.Mesh.Cortex;

public abstract partial class CortexAdapter
{
    /// <summary>Opens a log and folds it from its beginning. It returns at once; <see cref="CatchUpAsync"/> waits for what is there.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="channel">The log's name.</param>
    /// <param name="fold">What the events do.</param>
    /// <param name="initial">The state before the first event; the adapter's from then on.</param>
    /// <param name="options">How it behaves.</param>
    /// <exception cref="CortexException">The log cannot be opened, or the options say to begin elsewhere.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static CortexAdapter<TState> Open<TState>(Redex redex, ChannelName channel, IRedexFold<TState> fold, TState initial, CortexAdapterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(redex);
        options = Checked(options);
        ThrowUnlessAtBeginning(channel, options);
        return Open(OpenFile(redex, channel, options), fold, initial, options);
    }

    /// <summary>Folds a log that is open already from its beginning.</summary>
    /// <param name="file">The log.</param>
    /// <param name="fold">What the events do.</param>
    /// <param name="initial">The state before the first event; the adapter's from then on.</param>
    /// <param name="options">How it behaves.</param>
    /// <exception cref="CortexException">The options say to begin elsewhere.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static CortexAdapter<TState> Open<TState>(RedexFile file, IRedexFold<TState> fold, TState initial, CortexAdapterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(fold);
        options = Checked(options);
        ThrowUnlessAtBeginning(file.Name, options);
        // Where the log begins, which may have forgotten its first events (06 T11).
        return new(file, fold, initial, file.Log.First, options);
    }

    /// <summary>
    /// Opens a log and folds what comes behind a snapshot. A log that ends before the snapshot does, because it is new or has lost its end, goes on behind it.
    /// </summary>
    /// <param name="redex">The store.</param>
    /// <param name="channel">The log's name.</param>
    /// <param name="fold">What the events do.</param>
    /// <param name="codec">Reads the state.</param>
    /// <param name="snapshot">What <see cref="CortexAdapter{TState}.Snapshot"/> returned.</param>
    /// <param name="options">How it behaves; where to begin the snapshot says.</param>
    /// <exception cref="CortexException">The snapshot cannot be read, the log cannot be opened, or it has forgotten events behind the snapshot.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static CortexAdapter<TState> OpenFromSnapshot<TState>(
        Redex redex, ChannelName channel, IRedexFold<TState> fold, PostcardCodec<TState> codec, ModelSnapshot snapshot, CortexAdapterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        TState state;
        try
        {
            state = codec.Decode(snapshot.Bytes.Span);
        }
        catch (RedexException failure)
        {
            throw Refused(failure);
        }
        return OpenFromState(redex, channel, fold, state, snapshot.LastSeq, options);
    }

    /// <summary>The same with a state that was read already.</summary>
    /// <param name="redex">The store.</param>
    /// <param name="channel">The log's name.</param>
    /// <param name="fold">What the events do.</param>
    /// <param name="state">The state; the adapter's from then on.</param>
    /// <param name="lastSeq">The last event in it; null when there is none.</param>
    /// <param name="options">How it behaves.</param>
    /// <exception cref="CortexException">The log cannot be opened, or it has forgotten events behind the state.</exception>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public static CortexAdapter<TState> OpenFromState<TState>(
        Redex redex, ChannelName channel, IRedexFold<TState> fold, TState state, ulong? lastSeq, CortexAdapterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(redex);
        ArgumentNullException.ThrowIfNull(fold);
        options = Checked(options);
        if (lastSeq == ulong.MaxValue)
            throw Refused(new RedexException(RedexErrorKind.Encode, $"The snapshot for {channel} ends at {lastSeq}, behind which there is nothing. Use a snapshot that was taken."));
        RedexFile file = OpenFile(redex, channel, options);
        try
        {
            return new(file, fold, state, lastSeq is { } last ? BeginBehind(file, last, options) : file.Log.First, options);
        }
        catch (RedexException failure)
        {
            throw Refused(failure);
        }
    }

    private static ulong BeginBehind(RedexFile file, ulong last, CortexAdapterOptions options)
    {
        ulong start = last + 1;
        if (file.NextSeq < start)
        {
            // Otherwise the log's next events would be taken for those in the snapshot (06 T10).
            file.SkipTo(start);
            FoldLog.FastForwarded(options.Logger ?? file.Logger, file.Name, start);
        }
        ulong first = file.Log.First;
        if (first <= start || options.OnFoldError == FoldErrorPolicy.LogAndContinue)
            return start;
        throw new RedexException(RedexErrorKind.Lagged, $"The snapshot for {file.Name} ends at {last}, and the log begins at {first}: the events between are gone. Use a newer snapshot, or {nameof(CortexAdapterOptions.OnFoldError)} {nameof(FoldErrorPolicy.LogAndContinue)} to go on without them.")
        {
            ResumeAt = first,
        };
    }

    private static void ThrowUnlessAtBeginning(ChannelName channel, CortexAdapterOptions options)
    {
        if (!options.Start.IsBeginning)
            throw new CortexException(CortexErrorKind.InvalidStartPosition, $"The fold over {channel} cannot begin at {options.Start}: what was before would be missing from the state. Begin at {nameof(FoldStart.Beginning)}, or open it from a snapshot.");
    }

    private static CortexAdapterOptions Checked(CortexAdapterOptions? options)
    {
        options ??= new();
        return options.Validate() is { Count: > 0 } problems ? throw new ArgumentException(string.Join(" ", problems), nameof(options)) : options;
    }

    private static CortexException Refused(RedexException failure) => new(CortexErrorKind.Redex, failure.Message, failure);

    private static RedexFile OpenFile(Redex redex, ChannelName channel, CortexAdapterOptions options)
    {
        try
        {
            return redex.Open(channel, options.File);
        }
        catch (RedexException failure)
        {
            throw Refused(failure);
        }
    }
}
