namespace Net.Mesh.Cortex;

/// <summary>How the folded state of an application behaves. Bindable from configuration.</summary>
public sealed class CortexOptions
{
    /// <summary>Where persistent logs lie; the same as <see cref="RedexOptions.PersistentDirectory"/>, and goes before it. With it, the logs of the database are on disk. Default: nowhere.</summary>
    public string? PersistentDirectory { get; set; }

    /// <summary>Who writes to the database's models. Default: 0.</summary>
    public ulong Origin { get; set; }

    /// <summary>What a failure of a fold leads to. Default: <see cref="FoldErrorPolicy.Stop"/>.</summary>
    public FoldErrorPolicy OnFoldError { get; set; } = FoldErrorPolicy.Stop;

    /// <summary>How many may wait for a token of one model at once; 0 for any number. Default: 1024.</summary>
    public int RywInflightCap { get; set; } = 1024;

    /// <summary>How many may wait for tokens at once in the whole process; null, the default, for any number. Only the first that is set counts.</summary>
    public int? GlobalRywInflightCap { get; set; }

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>(ToAdapterOptions().Validate());
        if (PersistentDirectory is { } directory && string.IsNullOrWhiteSpace(directory))
            problems.Add($"Cortex: {nameof(PersistentDirectory)} is empty; name a directory, or leave it out.");
        if (GlobalRywInflightCap < 1)
            problems.Add($"Cortex: {nameof(GlobalRywInflightCap)} is {GlobalRywInflightCap}; it has to be 1 or more.");
        return problems;
    }

    internal CortexAdapterOptions ToAdapterOptions() => new() { OnFoldError = OnFoldError, RywInflightCap = RywInflightCap };
}
