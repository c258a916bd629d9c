using System.Xml.Linq;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Architecture.Tests;

/// <summary>What lies in this repository.</summary>
public static class Repository
{
    public static string Root { get; } = Requires.RepositoryRoot();

    /// <summary>The names of the packages: the folders under packages/ that hold a project.</summary>
    public static IReadOnlyList<string> Packages { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Root, "packages"), "*.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal),
    ];

    public static string PackageFolder(string package) => Path.Combine(Root, "packages", package);

    public static XDocument Project(string package) => XDocument.Load(Path.Combine(PackageFolder(package), package + ".csproj"));

    public static IReadOnlyList<SourceFile> Sources(string package)
    {
        string folder = PackageFolder(package);
        return
        [
            .. Directory.GetFiles(folder, "*.cs", SearchOption.AllDirectories)
                .Select(file => (Full: file, Relative: Path.GetRelativePath(folder, file).Replace('\\', '/')))
                .Where(file => !file.Relative.StartsWith("obj/", StringComparison.Ordinal) && !file.Relative.StartsWith("bin/", StringComparison.Ordinal))
                .OrderBy(file => file.Relative, StringComparer.Ordinal)
                .Select(file => new SourceFile(file.Relative, File.ReadAllText(file.Full))),
        ];
    }
}
