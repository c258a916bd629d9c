namespace Net.Mesh.Cli.Tokens;

/// <summary>What tokens grant, by name.</summary>
internal static class Scopes
{
    public const string All = "publish, subscribe, admin, delegate, wildcard";

    private static readonly (string Name, TokenScope Scope)[] Known =
    [
        ("publish", TokenScope.Publish),
        ("subscribe", TokenScope.Subscribe),
        ("admin", TokenScope.Admin),
        ("delegate", TokenScope.Delegate),
        ("wildcard", TokenScope.Wildcard),
    ];

    /// <summary>Reads names that are parted by commas; the first that is none is the problem.</summary>
    public static bool TryParse(string text, out TokenScope scope, out string problem)
    {
        scope = TokenScope.None;
        problem = "";
        foreach (string name in text.Split(',', StringSplitOptions.TrimEntries))
        {
            TokenScope one = Known.FirstOrDefault(known => known.Name == name).Scope;
            if (one == TokenScope.None)
            {
                problem = name;
                return false;
            }
            scope |= one;
        }
        return true;
    }

    public static string[] Names(TokenScope scope) => [.. Known.Where(known => scope.HasFlag(known.Scope)).Select(known => known.Name)];

    public static string Text(TokenScope scope) => Names(scope) is { Length: > 0 } names ? string.Join(", ", names) : "nothing";
}
