using System.Xml.Linq;
using Net.Mesh.Architecture.Tests.Rules;

namespace Net.Mesh.Architecture.Tests;

/// <summary>Every rule goes red on a source that breaks it, and stays green beside it.</summary>
public sealed class RuleTests
{
    private static readonly SourceFile Hash = new("Primitives/Hash.cs", "namespace Net.Mesh.Primitives; public static class Hash { public static int Of(int x) => x; }");
    private static readonly SourceFile Bus = new("Bus/Ring.cs", "namespace Net.Mesh.Bus; public class Ring { public int Size => Net.Mesh.Primitives.Hash.Of(3); }");

    [Theory]
    [InlineData("Primitives/Up.cs", "class Up { Net.Mesh.Bus.Ring? _ring; }", "Bus")]
    [InlineData("Wire/Up.cs", "class Up { object Make() => new Net.Mesh.Bus.Ring(); }", "Bus")]
    [InlineData("Bus/Up.cs", "class Up { int Run() => Net.Mesh.Node.Peer.Count; }", "Node")]
    [InlineData("Streams/Beside.cs", "class Up : Net.Mesh.Channels.Channel { }", "Channels")]
    [InlineData("Sessions/Up.cs", "class Up { string Name => nameof(Net.Mesh.Node.Peer); }", "Node")]
    [InlineData("Cellar/New.cs", "class New { }", "no folder of the house")]
    public void An_arrow_that_runs_up_is_found(string path, string text, string found)
    {
        SourceFile[] sources =
        [
            Hash, Bus,
            new("Node/Peer.cs", "namespace Net.Mesh.Node; public class Peer { public static int Count; }"),
            new("Channels/Channel.cs", "namespace Net.Mesh.Channels; public class Channel { }"),
            new(path, text),
        ];
        IReadOnlyList<string> problems = Floors.Check(PackageCompilation.Create("Net.Mesh.Core", sources), sources);
        Assert.Contains(found, Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bus/Fine.cs", "class Fine { int Run() => Net.Mesh.Primitives.Hash.Of(1); }")]
    [InlineData("Bus/Adapters/MeshAdapter/Fine.cs", "class Fine { int Run() => Net.Mesh.Node.Peer.Count; }")]
    [InlineData("Hosting/Fine.cs", "class Fine { object Run() => new Net.Mesh.Bus.Ring(); }")]
    [InlineData("Node/Fine.cs", "/// <summary>See <see cref=\"Net.Mesh.Bus.Ring\"/>.</summary>\nclass Fine { int Run() => Net.Mesh.Primitives.Hash.Of(1); }")]
    public void An_arrow_that_runs_down_is_left_alone(string path, string text)
    {
        SourceFile[] sources = [Hash, Bus, new("Node/Peer.cs", "namespace Net.Mesh.Node; public class Peer { public static int Count; }"), new(path, text)];
        Assert.Empty(Floors.Check(PackageCompilation.Create("Net.Mesh.Core", sources), sources));
    }

    [Fact]
    public void A_circle_of_three_folders_is_found_with_the_places()
    {
        PackageCompilation package = PackageCompilation.Create("Net.Mesh.Bad",
        [
            new("A/A.cs", "public class A { public B? Next; }"),
            new("B/B.cs", "public class B { public C? Next; }"),
            new("C/C.cs", "public class C {\n public A? Next; }"),
        ]);
        string problem = Assert.Single(FolderCycles.Check(package));
        Assert.Contains("A/ → B/ at A/A.cs:1, B/ → C/ at B/B.cs:1, C/ → A/ at C/C.cs:2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_without_a_circle_are_left_alone() => Assert.Empty(FolderCycles.Check(PackageCompilation.Create("Net.Mesh.Good",
    [
        new("A/A.cs", "public class A { public B? Left; public C? Right; }"),
        new("B/B.cs", "public class B { public C? Next; }"),
        new("C/C.cs", "public class C { public Options? Options; }"),
        new("Options.cs", "public class Options { public A? A; }"), // beside the project file: everyone's
    ])));

    [Theory]
    [InlineData("DateTime.UtcNow")]
    [InlineData("DateTime.Now")]
    [InlineData("DateTimeOffset.UtcNow")]
    [InlineData("Environment.TickCount64")]
    [InlineData("System.Diagnostics.Stopwatch.GetTimestamp()")]
    [InlineData("new System.Diagnostics.Stopwatch()")]
    [InlineData("Task.Delay(5)")]
    [InlineData("Task.Delay(TimeSpan.Zero, default(CancellationToken))")]
    [InlineData("Task.CompletedTask.WaitAsync(TimeSpan.Zero)")]
    [InlineData("new CancellationTokenSource(TimeSpan.Zero)")]
    [InlineData("new PeriodicTimer(TimeSpan.FromSeconds(1))")]
    [InlineData("Random.Shared.Next()")]
    [InlineData("new Random()")]
    public void A_clock_or_a_chance_from_nowhere_is_found(string expression) =>
        Assert.NotEmpty(InjectedTime.Check(PackageCompilation.Create("Net.Mesh.Bad", [new("A/A.cs", $"class A {{ object Run() => {expression}; }}")])));

    [Theory]
    [InlineData("TimeProvider.System.GetUtcNow()")]
    [InlineData("Task.Delay(TimeSpan.Zero, TimeProvider.System)")]
    [InlineData("Task.CompletedTask.WaitAsync(TimeSpan.Zero, TimeProvider.System)")]
    [InlineData("Task.CompletedTask.WaitAsync(default(CancellationToken))")]
    [InlineData("new CancellationTokenSource(TimeSpan.Zero, TimeProvider.System)")]
    [InlineData("new CancellationTokenSource()")]
    [InlineData("new Random(42)")]
    [InlineData("new DateTime(2026, 1, 1)")]
    public void Injected_time_and_chance_are_left_alone(string expression)
    {
        PackageCompilation package = PackageCompilation.Create("Net.Mesh.Good", [new("A/A.cs", $"class A {{ object Run() => {expression}; }}")]);
        Assert.Empty(TestSupport.Compiling.CSharpCode.Errors(package.Compilation));
        Assert.Empty(InjectedTime.Check(package));
    }

    [Theory]
    [InlineData("""<ProjectReference Include="../Net.Mesh.JetStream/Net.Mesh.JetStream.csproj" />""", "Net.Mesh.JetStream")]
    [InlineData("""<PackageReference Include="Newtonsoft.Json" />""", "Newtonsoft.Json")]
    [InlineData("""<PackageDownload Include="Newtonsoft.Json" />""", "Newtonsoft.Json")]
    public void A_reference_outside_the_table_is_found(string item, string found) =>
        Assert.Contains(found, Assert.Single(PackageReferences.Check("Net.Mesh.Redis", Project(item))), StringComparison.Ordinal);

    [Fact]
    public void A_package_outside_the_table_is_found() =>
        Assert.Contains("Net.Mesh.Attic", Assert.Single(PackageReferences.Check("Net.Mesh.Attic", Project(""))), StringComparison.Ordinal);

    [Fact]
    public void A_reference_that_the_table_allows_is_left_alone() => Assert.Empty(PackageReferences.Check("Net.Mesh.Redis",
        Project("""<ProjectReference Include="../Net.Mesh.Core/Net.Mesh.Core.csproj" /><PackageReference Include="StackExchange.Redis" />""")));

    [Fact]
    public void Internals_that_are_opened_to_a_package_are_found()
    {
        Assert.Single(PackageReferences.CheckInternals("Net.Mesh.Core", Project("""<InternalsVisibleTo Include="Net.Mesh.Redis" />"""), []));
        Assert.Single(PackageReferences.CheckInternals("Net.Mesh.Core", Project(""),
            [new("A.cs", """[assembly: System.Runtime.CompilerServices.InternalsVisibleTo("Net.Mesh.Redis")]""")]));
        Assert.Empty(PackageReferences.CheckInternals("Net.Mesh.Core", Project("""<InternalsVisibleTo Include="Net.Mesh.Core.Tests" />"""), []));
    }

    [Fact]
    public void A_version_outside_the_one_file_is_found()
    {
        Assert.Single(PackageReferences.CheckVersions("a.csproj", Project("""<PackageReference Include="X" Version="1.0.0" />""")));
        Assert.Single(PackageReferences.CheckVersions("a.csproj", Project("""<PackageReference Include="X" VersionOverride="1.0.0" />""")));
        Assert.Single(PackageReferences.CheckVersions("a.csproj", Project("""<PackageDownload Include="X" Version="[1.0.0]" />""")));
        Assert.Empty(PackageReferences.CheckVersions("a.csproj", Project("""<PackageDownload Include="X" Version="[$(XVersion)]" /><PackageReference Include="Y" />""")));
    }

    [Fact]
    public void A_package_without_readme_surface_or_place_is_found()
    {
        Assert.Equal(4, PackageFiles.Check("Net.Mesh.Core", ["Net.Mesh.Core.csproj"], "<Solution />").Count);
        Assert.Empty(PackageFiles.Check("Net.Mesh.Core", ["README.md", "PublicAPI.Shipped.txt", "PublicAPI.Unshipped.txt"],
            """<Project Path="packages/Net.Mesh.Core/Net.Mesh.Core.csproj" />"""));
    }

    private static XDocument Project(string items) => XDocument.Parse($"<Project><ItemGroup>{items}</ItemGroup></Project>");
}
