using Microsoft.Extensions.Configuration;
using Net.Mesh.Subnets;

namespace Net.Mesh;

/// <summary>Where a node is, and how the tags that peers announce place them. Bindable; rules have the form that every binding of Net reads.</summary>
public sealed class SubnetOptions
{
    /// <summary>Where the node is, as <c>3.7</c>; null, the default, for the root.</summary>
    public string? Own { get; set; }

    /// <summary>How tags make a place; every node of the mesh needs the same. Default: none.</summary>
    public IList<SubnetRuleOptions> Rules { get; } = [];

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (Own is not null && !SubnetId.TryParse(Own, out _, out SubnetError error))
            problems.Add($"Subnets: Own is '{Own}' ({error}); write global, or one to four numbers from 0 to 255 with dots between them.");
        foreach (SubnetRuleOptions rule in Rules)
        {
            if (!new SubnetPolicy().TryMap(rule.TagPrefix, rule.Level, rule.Pairs, out SubnetError problem))
                problems.Add($"Subnets: the rule for '{rule.TagPrefix}' is wrong ({problem}); levels are 0 to 3, values 1 to 255.");
        }
        return problems;
    }

    internal MeshSubnets Create()
    {
        SubnetPolicy? policy = Rules.Count > 0 ? new() : null;
        foreach (SubnetRuleOptions rule in Rules)
            policy!.Map(rule.TagPrefix, rule.Level, rule.Pairs);
        return new(Own is null ? default : SubnetId.Parse(Own), policy);
    }
}

/// <summary>One rule of <see cref="SubnetOptions"/>: <c>{ "tag_prefix": "region:", "level": 0, "values": { "us": 3 } }</c>.</summary>
public sealed class SubnetRuleOptions
{
    /// <summary>How the tag begins.</summary>
    [ConfigurationKeyName("tag_prefix")]
    public string TagPrefix { get; set; } = "";

    /// <summary>The level that the rule decides, 0 to 3.</summary>
    public int Level { get; set; }

    /// <summary>What the rest of the tag has to be, and the level's value, 1 to 255.</summary>
    public IDictionary<string, byte> Values { get; } = new Dictionary<string, byte>(StringComparer.Ordinal);

    internal (string Word, byte Value)[] Pairs => [.. Values.Select(static pair => (pair.Key, pair.Value))];
}
