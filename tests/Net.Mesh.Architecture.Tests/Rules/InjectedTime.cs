using Microsoft.CodeAnalysis;

namespace Net.Mesh.Architecture.Tests.Rules;

/// <summary>Time and chance come through the constructor: no clock is read and nothing is awaited behind a TimeProvider's back.</summary>
public static class InjectedTime
{
    private static readonly HashSet<string> Forbidden =
    [
        "System.DateTime.Now", "System.DateTime.UtcNow", "System.DateTime.Today",
        "System.DateTimeOffset.Now", "System.DateTimeOffset.UtcNow",
        "System.Environment.TickCount", "System.Environment.TickCount64",
        "System.Random.Shared",
        "System.Threading.Thread.Sleep",
        "System.Threading.Timer..ctor",
    ];

    // Each has an overload that takes a TimeProvider, or takes no time at all.
    private static readonly HashSet<string> NeedsTimeProvider =
    [
        "System.Threading.Tasks.Task.Delay",
        "System.Threading.Tasks.Task.WaitAsync",
        "System.Threading.PeriodicTimer..ctor",
        "System.Threading.CancellationTokenSource..ctor",
        "System.Random..ctor",
    ];

    // The coarse tick stands in for a reading of TimeProvider.System only, and only to save reading it again.
    private static readonly HashSet<string> MayReadTheTick = ["Logs/Memory/AppendClock.cs"];

    public static IReadOnlyList<string> Check(PackageCompilation package)
    {
        var problems = new List<string>();
        foreach (Use use in package.Uses())
        {
            if (use.Symbol.ContainingType is not { } type)
                continue;
            string name = $"{type.OriginalDefinition.ToDisplayString(SymbolDisplayFormat.CSharpErrorMessageFormat.WithGenericsOptions(SymbolDisplayGenericsOptions.None))}.{use.Symbol.Name}";
            if (name == "System.Environment.TickCount64" && MayReadTheTick.Contains(use.File.Path))
                continue;
            if (Forbidden.Contains(name) || name.StartsWith("System.Diagnostics.Stopwatch.", StringComparison.Ordinal)
                || (NeedsTimeProvider.Contains(name) && use.Symbol is IMethodSymbol method && LacksProvider(method)))
                problems.Add($"{package.Package}/{use} uses {name.Replace("..ctor", "'s constructor", StringComparison.Ordinal)}; take a TimeProvider (or a seeded Random) instead");
        }
        return [.. problems.Distinct()];
    }

    private static bool LacksProvider(IMethodSymbol method)
    {
        if (method.ContainingType.Name == "Random")
            return method.Parameters.Length == 0; // new Random(seed) can be replayed
        bool isTimed = method.Parameters.Any(p => p.Type.Name == "TimeSpan" || p.Type.SpecialType is SpecialType.System_Int32 or SpecialType.System_Int64);
        return isTimed && !method.Parameters.Any(p => p.Type.Name == "TimeProvider");
    }
}
