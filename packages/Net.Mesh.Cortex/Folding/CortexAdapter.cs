using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Folding;

namespace Net.Mesh.Cortex;

/// <summary>
/// A log and what a fold makes of it, whatever the state is: how far the fold is, how to wait for it, and what it could not use. See
/// <see cref="CortexAdapter{TState}"/>. Thread-safe.
/// </summary>
public abstract partial class CortexAdapter : IAsyncDisposable
{
    private readonly FoldPump _pump;
    private readonly TimeProvider _time;
    private bool _isClosed;

    private protected CortexAdapter(RedexFile file, CortexAdapterOptions options, ulong start)
    {
        File = file;
        Options = options;
        _time = options.TimeProvider ?? file.Time;
        Logger = options.Logger ?? file.Logger;
        _permits = new(options.RywInflightCap);
        Progress = new(start, options.MaxSkippedEvents);
        Cursor = new(file, start);
        _pump = new((IFoldTarget)this);
    }

    /// <summary>The log. Closing the adapter leaves it open.</summary>
    public RedexFile File { get; }

    /// <summary>How the adapter behaves.</summary>
    public CortexAdapterOptions Options { get; }

    /// <summary>The last event that was processed, be it skipped; null when none was.</summary>
    public ulong? FoldedThroughSeq => Progress.FoldedThrough;

    /// <summary>The last event up to which every one is in the state, or was acknowledged as skipped; null when there is none.</summary>
    public ulong? AppliedThroughSeq => Progress.AppliedThrough;

    /// <summary>How many events were skipped, and one more if the fold stopped at one.</summary>
    public long FoldErrors => Progress.Errors;

    /// <summary>Whether the fold goes on with what is appended.</summary>
    public bool IsRunning => Progress.Stop is null;

    /// <summary>Why the fold runs no more; null while it does.</summary>
    public FoldStop? Stopped => Progress.Stop;

    /// <summary>How many events of the log are not processed yet.</summary>
    public ulong Backlog => Math.Max(File.NextSeq, Progress.FoldedEnd) - Progress.FoldedEnd;

    /// <summary>
    /// The events that were skipped and not acknowledged, in order, at most <see cref="CortexAdapterOptions.MaxSkippedEvents"/>. As long as there
    /// is one, <see cref="AppliedThroughSeq"/> stays before the first.
    /// </summary>
    public IReadOnlyList<SkippedEvent> SkippedEvents => Progress.Skipped.Snapshot();

    /// <summary>How many more were skipped than fit the list.</summary>
    public long UnlistedSkippedEvents => Progress.Skipped.Unlisted;

    internal FoldProgress Progress { get; }

    private protected LogCursor Cursor { get; }

    private protected StateGate Gate { get; } = new();

    private protected ILogger Logger { get; }

    /// <summary>
    /// Sets how many may wait for tokens at once in the whole process, beside the cap of each adapter. Only the first call counts.
    /// </summary>
    /// <param name="cap">At least 1; less counts as 1.</param>
    /// <returns>False when there is a cap already.</returns>
    public static bool SetGlobalRywInflightCap(int cap) => WaitPermits.OfProcess.TrySetCap(cap);

    /// <summary>
    /// Says that the state may do without a skipped event: <see cref="AppliedThroughSeq"/> goes on to the next one, or as far as the fold is.
    /// Snapshots taken from then on do not ask for the event again.
    /// </summary>
    /// <param name="seq">The event, or any of several that were skipped in a row.</param>
    /// <returns>False when no such event is listed.</returns>
    /// <exception cref="InvalidOperationException">The calling thread reads the state.</exception>
    public bool AcknowledgeSkip(ulong seq) => Exclusively(seq, static (progress, seq) => progress.Acknowledge(seq));

    /// <summary>Says so of all that were skipped until now, also of those that did not fit the list.</summary>
    /// <exception cref="InvalidOperationException">The calling thread reads the state.</exception>
    public void AcknowledgeAllSkips() => Exclusively(0, static (progress, _) =>
    {
        progress.AcknowledgeAll();
        return true;
    });

    /// <summary>
    /// Ends the fold behind the event that it is at. The log stays open and the state readable; waits and watches end. Once is enough.
    /// </summary>
    public async ValueTask CloseAsync()
    {
        Stop();
        await _pump.WhenIdleAsync().ConfigureAwait(false);
    }

    /// <summary>Closes it; see <see cref="CloseAsync"/>.</summary>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return CloseAsync();
    }

    /// <summary>The log's name, and how far the fold is.</summary>
    public override string ToString() => $"{File.Name}: folded through {WaitForTokenException.Text(FoldedThroughSeq)}, applied through {WaitForTokenException.Text(AppliedThroughSeq)}";

    /// <summary>Ends the fold without waiting for the event that it is at.</summary>
    internal void Stop()
    {
        if (Interlocked.Exchange(ref _isClosed, true))
            return;
        CortexMeter.Remove(this);
        File.Remove(_pump);
        Progress.Halt(new(FoldStopReason.Closed, null, $"The adapter over {File.Name} was closed."), isError: false);
    }

    private protected void Begin()
    {
        CortexMeter.Add(this);
        File.Add(_pump);
        _pump.OnAppended();
    }

    private TResult Exclusively<TArgument, TResult>(TArgument argument, Func<FoldProgress, TArgument, TResult> change)
    {
        if (Gate.IsHeldByThisThread)
            throw new InvalidOperationException($"Skipped events of {File.Name} cannot be acknowledged while the state is read or folded on the same thread. Do it behind that.");
        // Whoever pumps is the only writer; a fold that runs goes on behind this.
        var spin = new SpinWait();
        while (!_pump.TryBegin())
            spin.SpinOnce();
        StateGate? outer = Gate.EnterWrite();
        try
        {
            return change(Progress, argument);
        }
        finally
        {
            Gate.ExitWrite(outer);
            _pump.End();
            _pump.OnAppended();
        }
    }
}
