using System.Collections.Frozen;

namespace Net.Mesh.Subnets;

/// <summary>
/// How a tag decides one level of a subnet: <c>region:us</c> under the prefix <c>region:</c> has the value that <c>us</c> maps
/// to. Immutable.
/// </summary>
public sealed class SubnetRule
{
    private readonly FrozenDictionary<string, byte> _values;

    /// <summary>A rule.</summary>
    /// <param name="tagPrefix">How the tag begins.</param>
    /// <param name="level">The level that it decides, 0 to 3.</param>
    /// <param name="values">What the rest of the tag has to be, and the level's value, 1 to 255.</param>
    /// <exception cref="SubnetException"><see cref="SubnetError.LevelOutOfRange"/> or <see cref="SubnetError.LevelValueReserved"/>.</exception>
    public SubnetRule(string tagPrefix, int level, IReadOnlyDictionary<string, byte> values)
    {
        ArgumentNullException.ThrowIfNull(tagPrefix);
        ArgumentNullException.ThrowIfNull(values);
        SubnetError error = Check(level, values);
        if (error == SubnetError.LevelOutOfRange)
            throw new SubnetException(error, $"The rule for '{tagPrefix}' decides level {level}; there are levels 0 to {SubnetId.MaxLevels - 1}.");
        if (error == SubnetError.LevelValueReserved)
            throw new SubnetException(error, $"The rule for '{tagPrefix}' gives '{values.First(pair => pair.Value == 0).Key}' the value 0, which means that the level is not there. Choose 1 to 255.");
        TagPrefix = tagPrefix;
        Level = level;
        _values = values.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>How the tag begins.</summary>
    public string TagPrefix { get; }

    /// <summary>The level that it decides, 0 to 3.</summary>
    public int Level { get; }

    /// <summary>What the rest of the tag has to be, and the level's value.</summary>
    public IReadOnlyDictionary<string, byte> Values => _values;

    internal static SubnetError Check(int level, IReadOnlyDictionary<string, byte> values) =>
        level is < 0 or >= SubnetId.MaxLevels ? SubnetError.LevelOutOfRange
        : values.Any(pair => pair.Value == 0) ? SubnetError.LevelValueReserved
        : SubnetError.None;

    /// <summary>The value of the first tag that fits; 0 when none does.</summary>
    internal byte ValueFor(ReadOnlySpan<string> sortedTags)
    {
        FrozenDictionary<string, byte>.AlternateLookup<ReadOnlySpan<char>> byRest = _values.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string tag in sortedTags)
        {
            if (tag.StartsWith(TagPrefix, StringComparison.Ordinal) && byRest.TryGetValue(tag.AsSpan(TagPrefix.Length), out byte value))
                return value;
        }
        return 0;
    }
}
