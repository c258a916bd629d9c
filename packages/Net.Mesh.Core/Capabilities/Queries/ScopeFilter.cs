namespace Net.Mesh.Capabilities;

/// <summary>
/// Whom a query is meant to find, by the <c>scope:</c> tags of the nodes (spec 04 §10.4). It narrows what is found; it keeps
/// nobody from seeing an announcement.
/// </summary>
public sealed class ScopeFilter
{
    private const string TenantPrefix = "scope:tenant:";
    private const string RegionPrefix = "scope:region:";

    private readonly Kind _kind;
    private readonly string[] _names;

    private ScopeFilter(Kind kind, params string[] names)
    {
        _kind = kind;
        _names = names;
    }

    private enum Kind
    {
        Any,
        GlobalOnly,
        SameSubnet,
        Tenants,
        Regions,
    }

    /// <summary>Every node but those that want to be found in their subnet only.</summary>
    public static ScopeFilter Any { get; } = new(Kind.Any);

    /// <summary>Nodes without a scope.</summary>
    public static ScopeFilter GlobalOnly { get; } = new(Kind.GlobalOnly);

    /// <summary>Nodes of the asking node's subnet, whatever their scope.</summary>
    public static ScopeFilter SameSubnet { get; } = new(Kind.SameSubnet);

    /// <summary>Nodes of a tenant, and nodes without a scope.</summary>
    public static ScopeFilter Tenant(string id) => Tenants(id);

    /// <summary>Nodes of any of these tenants, and nodes without a scope.</summary>
    public static ScopeFilter Tenants(params IEnumerable<string> ids) => new(Kind.Tenants, [.. ids]);

    /// <summary>Nodes of a region, and nodes without a scope.</summary>
    public static ScopeFilter Region(string name) => Regions(name);

    /// <summary>Nodes of any of these regions, and nodes without a scope.</summary>
    public static ScopeFilter Regions(params IEnumerable<string> names) => new(Kind.Regions, [.. names]);

    internal bool AsksForSubnet => _kind == Kind.SameSubnet;

    /// <summary>Whether a node is meant.</summary>
    /// <param name="set">What it announced.</param>
    /// <param name="isSameSubnet">Whether it is of the asking node's subnet; only <see cref="SameSubnet"/> looks at it.</param>
    public bool Admits(CapabilitySet set, bool isSameSubnet)
    {
        ArgumentNullException.ThrowIfNull(set);
        if (_kind == Kind.SameSubnet)
            return isSameSubnet;
        bool hasTenant = false;
        bool hasRegion = false;
        bool isNamed = false;
        foreach (ref readonly Tag tag in set.TagsStartingWith(ReservedPrefixes.Scope))
        {
            ReadOnlySpan<char> text = tag.Text;
            if (text is "scope:subnet-local")
                return false; // the strictest scope wins
            if (text.Length > TenantPrefix.Length && text.StartsWith(TenantPrefix))
            {
                hasTenant = true;
                isNamed |= _kind == Kind.Tenants && IsNamed(text[TenantPrefix.Length..]);
            }
            else if (text.Length > RegionPrefix.Length && text.StartsWith(RegionPrefix))
            {
                hasRegion = true;
                isNamed |= _kind == Kind.Regions && IsNamed(text[RegionPrefix.Length..]);
            }
        }
        return _kind == Kind.Any || isNamed || !(hasTenant || hasRegion);
    }

    /// <inheritdoc/>
    public override string ToString() => _names.Length == 0 ? _kind.ToString() : $"{_kind}({string.Join(", ", _names)})";

    private bool IsNamed(ReadOnlySpan<char> name)
    {
        foreach (string wanted in _names)
        {
            if (name.SequenceEqual(wanted))
                return true;
        }
        return false;
    }
}
