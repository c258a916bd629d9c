namespace Net.Mesh.Capabilities;

/// <summary>What a schema says of a set.</summary>
public sealed class ValidationReport
{
    internal ValidationReport(IReadOnlyList<SchemaError> errors, IReadOnlyList<ValidationWarning> warnings)
    {
        Errors = errors;
        Warnings = warnings;
    }

    /// <summary>What the schema forbids, in the order of the set's tags.</summary>
    public IReadOnlyList<SchemaError> Errors { get; }

    /// <summary>What the schema does not know, in the order of the set's tags, then of its metadata, then the size.</summary>
    public IReadOnlyList<ValidationWarning> Warnings { get; }

    /// <summary>Whether there are no errors.</summary>
    public bool IsValid => Errors.Count == 0;

    /// <summary>Whether there are neither errors nor warnings.</summary>
    public bool IsClean => IsValid && Warnings.Count == 0;

    /// <summary>A line for each error and each warning.</summary>
    public override string ToString() => IsClean
        ? "clean"
        : string.Join('\n', Errors.Select(static e => $"error: {e}").Concat(Warnings.Select(static w => $"warning: {w}")));
}
