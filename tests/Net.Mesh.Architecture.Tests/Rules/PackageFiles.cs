namespace Net.Mesh.Architecture.Tests.Rules;

/// <summary>What every package brings along: a page for strangers, a tracked public surface, and a place in the solution.</summary>
public static class PackageFiles
{
    private static readonly string[] Required = ["README.md", "PublicAPI.Shipped.txt", "PublicAPI.Unshipped.txt"];

    public static IReadOnlyList<string> Check(string package, IReadOnlyCollection<string> files, string solution)
    {
        var problems = Required.Where(file => !files.Contains(file)).Select(file => $"packages/{package} has no {file}").ToList();
        string project = $"packages/{package}/{package}.csproj";
        if (!solution.Contains($"\"{project}\"", StringComparison.Ordinal))
            problems.Add($"{project} is not in Net.Mesh.slnx");
        return problems;
    }
}
