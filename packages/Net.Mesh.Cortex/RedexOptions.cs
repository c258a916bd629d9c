using Microsoft.Extensions.Logging;
using Net.Mesh.Channels;

namespace Net.Mesh.Cortex;

/// <summary>How a store of logs behaves.</summary>
public sealed class RedexOptions
{
    /// <summary>Where persistent logs lie, one directory for each. Default: nowhere; then every log is in memory.</summary>
    public string? PersistentDirectory { get; set; }

    /// <summary>How often retention is swept in all open logs that have a limit; zero for only when <see cref="Redex.SweepRetention"/> is called. Default: 30 s.</summary>
    public TimeSpan RetentionSweepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whose grants decide who may open a log: <see cref="Owner"/> needs one for exactly its name. Default: none; every log may be opened.</summary>
    public AuthGuard? Guard { get; set; }

    /// <summary>Who opens logs, for <see cref="Guard"/>.</summary>
    public NodeId Owner { get; set; }

    /// <summary>The clock of times and timers.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;

    /// <summary>Where damage and failures are logged. Default: nowhere.</summary>
    public ILogger? Logger { get; set; }

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (PersistentDirectory is { } directory && string.IsNullOrWhiteSpace(directory))
            problems.Add($"Redex: {nameof(PersistentDirectory)} is empty; name a directory, or leave it out.");
        if (RetentionSweepInterval < TimeSpan.Zero)
            problems.Add($"Redex: {nameof(RetentionSweepInterval)} is {RetentionSweepInterval}; it has to be zero or more.");
        return problems;
    }
}
