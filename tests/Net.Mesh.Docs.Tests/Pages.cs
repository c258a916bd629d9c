using Net.Mesh.TestSupport;

namespace Net.Mesh.Docs.Tests;

/// <summary>Every page of this repository that a user reads.</summary>
public static class Pages
{
    public static string Root { get; } = Requires.RepositoryRoot();

    public static IReadOnlyList<CodeBlock> Blocks { get; } =
    [
        .. new[] { "README.md" }
            .Concat(Directory.GetFiles(Path.Combine(Root, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Path.Combine(Root, "packages"), "README.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Root, Path.Combine(Root, path)).Replace('\\', '/'))
            .Order(StringComparer.Ordinal)
            .SelectMany(page => CodeBlock.Read(page, File.ReadAllText(Path.Combine(Root, page)))),
    ];

    public static IEnumerable<CodeBlock> CSharp => Blocks.Where(block => block.Language == "csharp");
}
