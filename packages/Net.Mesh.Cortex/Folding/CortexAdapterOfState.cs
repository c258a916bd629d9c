using Net.Mesh.Cortex.Folding;
using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

/// <summary>
/// A log, a fold over it, and the state that it makes: written by appending events, read as a state. One writer changes the state, in the order of
/// the log; readers see it between two events, together with how far it is. Thread-safe.
/// </summary>
/// <typeparam name="TState">The state.</typeparam>
public sealed partial class CortexAdapter<TState> : CortexAdapter, IFoldTarget, IStateSource<TState>
{
    private const int BatchEvents = 64;

    private readonly IRedexFold<TState> _fold;
    private TState _state;

    internal CortexAdapter(RedexFile file, IRedexFold<TState> fold, TState state, ulong start, CortexAdapterOptions options)
        : base(file, options, start)
    {
        _fold = fold;
        _state = state;
        Begin();
    }

    /// <summary>The state before the first event, for a fold that begins anew when the log was rewound; without it the fold stops then.</summary>
    internal Func<TState>? CreateInitial { get; set; }

    bool IFoldTarget.HasMore => Progress.Stop is null && (Cursor.HasMore || File.IsClosed);

    /// <summary>Reads the state, between two events. Nothing of it may be kept that the fold changes, and nothing may be waited for: the fold waits meanwhile.</summary>
    /// <param name="read">Reads; may read this adapter again.</param>
    public TResult ReadState<TResult>(Func<TState, TResult> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        return ReadState(read, static (state, read) => read(state));
    }

    /// <summary>The same with an argument, so that nothing has to be captured.</summary>
    /// <param name="argument">Handed on.</param>
    /// <param name="read">Reads; may read this adapter again.</param>
    public TResult ReadState<TArgument, TResult>(TArgument argument, Func<TState, TArgument, TResult> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        StateGate? outer = Gate.EnterRead();
        try
        {
            return read(_state, argument);
        }
        finally
        {
            Gate.ExitRead(outer);
        }
    }

    /// <summary>Reads the state and how far it is, which belong together.</summary>
    /// <param name="read">Reads; may read this adapter again.</param>
    public TResult ReadState<TResult>(Func<TState, FoldPosition, TResult> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        StateGate? outer = Gate.EnterRead();
        try
        {
            return read(_state, new(FoldedThroughSeq, AppliedThroughSeq));
        }
        finally
        {
            Gate.ExitRead(outer);
        }
    }

    /// <summary>
    /// The state as bytes, and the last event up to which it holds every one. Behind a skipped event that nobody acknowledged it holds more than that: opened
    /// from it, the fold is given those events once more.
    /// </summary>
    /// <param name="codec">Writes the state.</param>
    public ModelSnapshot Snapshot(PostcardCodec<TState> codec)
    {
        ArgumentNullException.ThrowIfNull(codec);
        return ReadState((state, position) => new ModelSnapshot(codec.Encode(state), position.AppliedThrough));
    }

    TResult IStateSource<TState>.Read<TArgument, TResult>(TArgument argument, Func<TState, TArgument, TResult> read) => ReadState(argument, read);

    void IFoldTarget.FoldSome(ulong goal)
    {
        StateGate? outer = Gate.EnterWrite();
        try
        {
            for (int i = 0; i < BatchEvents && FoldNext() && Progress.FoldedEnd <= goal; i++)
            {
            }
        }
        finally
        {
            Gate.ExitWrite(outer);
        }
    }

    private bool FoldNext()
    {
        if (Progress.Stop is not null)
            return false;
        bool isLogClosed = File.IsClosed;
        switch (Cursor.Read(out RedexEvent read, out ulong from))
        {
            case CursorRead.Event:
                Fold(in read);
                return true;
            case CursorRead.Damaged:
                Skip(new(from, Cursor.Next - 1, SkipReason.Damaged, EventFault.None, "The log has lost it."), null);
                return true;
            case CursorRead.Dropped:
                Lose(from, Cursor.Next - 1);
                return true;
            case CursorRead.Rewound:
                return StartOver(from);
            case CursorRead.Exhausted:
                Halt(Exhausted());
                return false;
            default:
                if (isLogClosed)
                    Progress.Halt(new(FoldStopReason.LogClosed, null, $"The log {File.Name} is closed."), isError: false);
                return false;
        }
    }

    private void Fold(in RedexEvent read)
    {
        EventFault fault;
        try
        {
            fault = _fold.Apply(in read, ref _state);
        }
        catch (RedexException failure) when (failure.Error == RedexErrorKind.Decode)
        {
            Skip(new(read.Seq, read.Seq, SkipReason.Unreadable, EventFault.BadTail, failure.Message), failure);
            return;
        }
        catch (Exception failure)
        {
            if (Options.OnFoldError == FoldErrorPolicy.LogAndContinue)
                Skip(new(read.Seq, read.Seq, SkipReason.FoldFailed, EventFault.None, failure.Message), failure);
            else
                Halt(new(FoldStopReason.FoldFailed, read.Seq, $"It failed at event {read.Seq}: {failure.Message}", failure));
            return;
        }
        if (fault == EventFault.None)
            Progress.OnApplied(read.Seq);
        else
            Skip(new(read.Seq, read.Seq, SkipReason.Unreadable, fault, Words(fault)), null);
    }

    // The log of a replica gave way to its leader's: the state holds events that are there no more.
    private bool StartOver(ulong keptBelow)
    {
        if (CreateInitial is null || File.Log.First > 0)
        {
            Halt(new(FoldStopReason.LogRewound, keptBelow, $"The log was rewound to {keptBelow} and goes on differently, as its leader says. Open the fold again to begin from what is there now."));
            return false;
        }
        FoldLog.StartedOver(Logger, File.Name, keptBelow);
        try
        {
            _state = CreateInitial();
        }
        catch (Exception failure)
        {
            Halt(new(FoldStopReason.FoldFailed, keptBelow, $"The log was rewound to {keptBelow}, and the state to begin anew with could not be made: {failure.Message}", failure));
            return false;
        }
        Progress.Restart();
        Cursor.Restart(0);
        return true;
    }

    private void Lose(ulong from, ulong through)
    {
        string message = $"The log dropped {from} to {through} before they were folded. Keep more with its retention options.";
        if (Options.OnFoldError == FoldErrorPolicy.LogAndContinue)
            Skip(new(from, through, SkipReason.Dropped, EventFault.None, message), null);
        else
            Halt(new(FoldStopReason.EventsDropped, from, message));
    }

    private void Skip(SkippedEvent skipped, Exception? failure)
    {
        FoldLog.Skipped(Logger, File.Name, skipped.Seq, skipped.Message, failure);
        Progress.OnSkipped(skipped);
    }

    private void Halt(FoldStop stop)
    {
        FoldLog.Halted(Logger, File.Name, stop.Message, stop.Failure);
        Progress.Halt(stop, isError: true);
    }

    private static string Words(EventFault fault) => fault switch
    {
        EventFault.TooShort => "It is too short for an event.",
        EventFault.BadChecksum => "Its checksum is wrong.",
        _ => "What it holds is not what it says it is.",
    };
}
