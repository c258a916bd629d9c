namespace Net.Mesh.Subnets;

/// <summary>What is wrong with a subnet's id or policy (spec 03 §8).</summary>
public enum SubnetError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There are more than four levels.</summary>
    TooManyLevels,

    /// <summary>The text is no subnet.</summary>
    ParseFailed,

    /// <summary>A rule's level is not 0 to 3.</summary>
    LevelOutOfRange,

    /// <summary>A rule writes 0, which means that a level is not there.</summary>
    LevelValueReserved,
}

/// <summary>A subnet or its policy is not one. Kinds: <c>too-many-levels</c>, <c>parse-failed</c>, <c>level-out-of-range</c>, <c>level-value-reserved</c>.</summary>
/// <param name="error">What is wrong.</param>
/// <param name="message">What was wrong, with which value, and what to do about it.</param>
public sealed class SubnetException(SubnetError error, string message) : MeshException(TextOf(error), message)
{
    /// <summary>What is wrong.</summary>
    public SubnetError Error { get; } = error;

    private static string TextOf(SubnetError error) => error switch
    {
        SubnetError.TooManyLevels => "too-many-levels",
        SubnetError.LevelOutOfRange => "level-out-of-range",
        SubnetError.LevelValueReserved => "level-value-reserved",
        _ => "parse-failed",
    };
}
