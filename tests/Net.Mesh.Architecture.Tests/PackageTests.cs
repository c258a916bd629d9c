using System.Xml.Linq;
using Net.Mesh.Architecture.Tests.Rules;

namespace Net.Mesh.Architecture.Tests;

/// <summary>The packages as they lie in this repository keep to every rule.</summary>
public sealed class PackageTests
{
    private static readonly Dictionary<string, PackageCompilation> Compilations = [];

    public static TheoryData<string> Packages => [.. Repository.Packages];

    [Theory, MemberData(nameof(Packages))]
    public void Folders_of_a_package_do_not_need_each_other_in_a_circle(string package) => Assert.Empty(FolderCycles.Check(Compile(package)));

    [Theory, MemberData(nameof(Packages))]
    public void A_package_takes_time_and_chance_from_outside(string package) => Assert.Empty(InjectedTime.Check(Compile(package)));

    [Theory, MemberData(nameof(Packages))]
    public void A_package_references_only_what_its_row_allows(string package) => Assert.Empty(PackageReferences.Check(package, Repository.Project(package)));

    [Theory, MemberData(nameof(Packages))]
    public void A_package_opens_its_internals_to_no_other(string package) =>
        Assert.Empty(PackageReferences.CheckInternals(package, Repository.Project(package), Repository.Sources(package)));

    [Theory, MemberData(nameof(Packages))]
    public void A_package_has_a_readme_a_tracked_surface_and_a_place_in_the_solution(string package) => Assert.Empty(PackageFiles.Check(
        package,
        [.. Directory.GetFiles(Repository.PackageFolder(package)).Select(file => Path.GetFileName(file))],
        File.ReadAllText(Path.Combine(Repository.Root, "Net.Mesh.slnx"))));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = File.ReadAllText(Path.Combine(Repository.Root, "Net.Mesh.slnx"));
        string[] projects =
        [
            .. new[] { "packages", "tests", "samples", "eng" }
                .SelectMany(folder => Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
                .Select(file => Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')),
        ];
        Assert.NotEmpty(projects);
        Assert.All(projects, project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void No_arrow_of_core_runs_up() =>
        Assert.Empty(Floors.Check(Compile("Net.Mesh.Core"), Repository.Sources("Net.Mesh.Core")));

    [Fact]
    public void Versions_stand_in_one_file()
    {
        string[] files =
        [
            .. new[] { "*.csproj", "*.props", "*.targets" }
                .SelectMany(pattern => Directory.GetFiles(Repository.Root, pattern, SearchOption.AllDirectories))
                .Where(file => Path.GetFileName(file) != "Directory.Packages.props")
                .Where(file => !Path.GetRelativePath(Repository.Root, file).Replace('\\', '/').Split('/').Any(part => part is "artifacts" or "obj" or "bin")),
        ];
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(file => PackageReferences.CheckVersions(Path.GetRelativePath(Repository.Root, file), XDocument.Load(file))));
    }

    // Compiled once for all rules. A rule that cannot bind a name would not see what it stands for, so it must be whole.
    private static PackageCompilation Compile(string package)
    {
        lock (Compilations)
        {
            if (!Compilations.TryGetValue(package, out PackageCompilation? compilation))
            {
                compilation = PackageCompilation.Create(package, Repository.Sources(package));
                Assert.Empty(TestSupport.Compiling.CSharpCode.Errors(compilation.Compilation));
                Compilations.Add(package, compilation);
            }
            return compilation;
        }
    }
}
