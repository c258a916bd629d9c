using Microsoft.Extensions.Logging;

namespace Net.Mesh.Cortex;

/// <summary>How folded state behaves.</summary>
public sealed record CortexAdapterOptions
{
    /// <summary>The log's options, for when the adapter opens it. Default: in memory, with all events kept.</summary>
    public RedexFileOptions? File { get; init; }

    /// <summary>Where the fold begins without a snapshot. Only the beginning of the log is allowed. Default: there.</summary>
    public FoldStart Start { get; init; } = FoldStart.Beginning;

    /// <summary>Whose tokens may be waited for; those of others are refused. Default: anybody's.</summary>
    public OriginHash? Origin { get; init; }

    /// <summary>What a failure of the fold leads to. Events that cannot be read are skipped either way. Default: <see cref="FoldErrorPolicy.Stop"/>.</summary>
    public FoldErrorPolicy OnFoldError { get; init; } = FoldErrorPolicy.Stop;

    /// <summary>How many may wait for a token at once; 0 for any number. Default: 1024.</summary>
    public int RywInflightCap { get; init; } = 1024;

    /// <summary>How many skipped events are listed with their particulars. Default: 1024.</summary>
    public int MaxSkippedEvents { get; init; } = 1024;

    /// <summary>
    /// Whether somebody who waits for an event may fold on the thread that waits, which is much faster. Turn it off where folding may take long, since a
    /// limit of time counts only between events then. Default: yes.
    /// </summary>
    public bool FoldsOnWaitingThreads { get; init; } = true;

    /// <summary>The clock of limits of time. Default: the store's, or the system's.</summary>
    public TimeProvider? TimeProvider { get; init; }

    /// <summary>Where skipped events and failures are logged. Default: where the store logs, or nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (RywInflightCap < 0)
            problems.Add($"Cortex: {nameof(RywInflightCap)} is {RywInflightCap}; it has to be 0 or more.");
        if (MaxSkippedEvents < 0)
            problems.Add($"Cortex: {nameof(MaxSkippedEvents)} is {MaxSkippedEvents}; it has to be 0 or more.");
        if (!Enum.IsDefined(OnFoldError))
            problems.Add($"Cortex: {nameof(OnFoldError)} is {OnFoldError}; it has to be {FoldErrorPolicy.Stop} or {FoldErrorPolicy.LogAndContinue}.");
        problems.AddRange((File?.Validate() ?? []).Select(static problem => $"Cortex: {nameof(File)}: {problem}"));
        return problems;
    }
}

/// <summary>What a failure of a fold leads to (spec 06 §4.4).</summary>
public enum FoldErrorPolicy
{
    /// <summary>The fold stops before the event. The log goes on taking events, and the state stays readable.</summary>
    Stop,

    /// <summary>The event is logged and skipped.</summary>
    LogAndContinue,
}
