using System.Text;

namespace Net.Mesh.Subnets;

/// <summary>
/// Which subnet a node is in, by the tags it announces (spec 03 §8.2). Every node of a mesh has to have the same policy. Rules are
/// added first; afterwards any number of threads may ask it.
/// </summary>
/// <example><code>
/// SubnetPolicy policy = new SubnetPolicy().Map("region:", level: 0, ("us", 3), ("eu", 4));
/// SubnetId subnet = policy.Assign(["region:eu"]); // 4
/// </code></example>
public sealed class SubnetPolicy
{
    private readonly List<SubnetRule> _rules = [];

    /// <summary>The rules, in the order in which they count: a later one overwrites an earlier one's level.</summary>
    public IReadOnlyList<SubnetRule> Rules => _rules;

    /// <summary>Adds a rule.</summary>
    /// <param name="tagPrefix">How the tag begins.</param>
    /// <param name="level">The level that it decides, 0 to 3.</param>
    /// <param name="values">What the rest of the tag has to be, and the level's value, 1 to 255. A word that comes twice has its last value.</param>
    /// <exception cref="SubnetException"><see cref="SubnetError.LevelOutOfRange"/> or <see cref="SubnetError.LevelValueReserved"/>.</exception>
    public SubnetPolicy Map(string tagPrefix, int level, params (string Word, byte Value)[] values) =>
        AddRule(new(tagPrefix, level, ToMap(values)));

    /// <summary>Adds a rule, or says why it is none; see <see cref="Map"/>.</summary>
    public bool TryMap(string tagPrefix, int level, (string Word, byte Value)[] values, out SubnetError error)
    {
        ArgumentNullException.ThrowIfNull(tagPrefix);
        Dictionary<string, byte> map = ToMap(values);
        error = SubnetRule.Check(level, map);
        if (error == SubnetError.None)
            AddRule(new(tagPrefix, level, map));
        return error == SubnetError.None;
    }

    /// <summary>Adds a rule.</summary>
    public SubnetPolicy AddRule(SubnetRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        _rules.Add(rule);
        return this;
    }

    /// <summary>The subnet of a node with these tags. A level that no rule decides stays 0.</summary>
    public SubnetId Assign(IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        // Several tags may fit one rule: all nodes have to take the same, so the first in the order of their bytes.
        string[] sorted = [.. tags];
        Array.Sort(sorted, CompareBytes);
        Span<byte> levels = stackalloc byte[SubnetId.MaxLevels];
        levels.Clear();
        foreach (SubnetRule rule in _rules)
        {
            byte value = rule.ValueFor(sorted);
            if (value != 0)
                levels[rule.Level] = value;
        }
        return SubnetId.Of(levels);
    }

    // UTF-16 sorts characters beyond U+FFFF before U+E000; UTF-8 does not.
    private static int CompareBytes(string left, string right) => Ascii.IsValid(left) && Ascii.IsValid(right)
        ? string.CompareOrdinal(left, right)
        : Encoding.UTF8.GetBytes(left).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(right));

    private static Dictionary<string, byte> ToMap((string Word, byte Value)[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var map = new Dictionary<string, byte>(StringComparer.Ordinal);
        foreach ((string word, byte value) in values)
            map[word] = value;
        return map;
    }
}
