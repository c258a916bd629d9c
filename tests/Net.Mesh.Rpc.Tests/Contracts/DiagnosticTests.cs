using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Net.Mesh.Rpc.Generators;

namespace Net.Mesh.Rpc.Tests.Contracts;

public sealed class DiagnosticTests
{
    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(static path => Path.GetFileName(path) is { } name && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Net.Mesh.", StringComparison.Ordinal)))
            .Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    [Fact]
    public Task A_contract_that_can_be_served_has_nothing_said_of_it() => AssertAsync("""[Rpc("a.b/c-d_1")] Task<string> AAsync(string text, CancellationToken token = default); static void Print() { } void Default() { }""");

    [Theory]
    [InlineData("NMRPC001", "Task AAsync();")]
    [InlineData("NMRPC002", """[Rpc("Echo")] Task AAsync();""")]
    [InlineData("NMRPC002", """[Rpc("")] Task AAsync();""")]
    [InlineData("NMRPC002", """[Rpc("a//b")] Task AAsync();""")]
    [InlineData("NMRPC002", """[Rpc("a/../b")] Task AAsync();""")]
    [InlineData("NMRPC003", """[Rpc("a")] Task AAsync(); [Rpc("a")] Task BAsync();""")]
    [InlineData("NMRPC004", """[Rpc("a")] Task AAsync(); int Count { get; }""")]
    [InlineData("NMRPC004", """[Rpc("a")] Task AAsync(); event Action Changed;""")]
    [InlineData("NMRPC004", """[Rpc("a")] static abstract Task AAsync(); [Rpc("b")] Task BAsync();""")]
    [InlineData("NMRPC005", """[Rpc("a")] Task<T> AAsync<T>(T value);""")]
    [InlineData("NMRPC006", """[Rpc("a")] Task AAsync(ref string value);""")]
    [InlineData("NMRPC006", """[Rpc("a")] Task AAsync(out string value);""")]
    [InlineData("NMRPC006", """[Rpc("a")] Task AAsync(Span<byte> value);""")]
    [InlineData("NMRPC007", """[Rpc("a")] Task AAsync(string one, string two);""")]
    [InlineData("NMRPC007", """[Rpc("a")] Task AAsync(CancellationToken token, string one);""")]
    [InlineData("NMRPC008", """[Rpc("a")] string A(string one);""")]
    [InlineData("NMRPC008", """[Rpc("a")] void A();""")]
    [InlineData("NMRPC008", """[Rpc("a")] Task<IAsyncEnumerable<int>> AAsync();""")]
    [InlineData("NMRPC008", """[Rpc("a")] IAsyncEnumerable<Task<int>> A();""")]
    [InlineData("NMRPC010", "")]
    public Task What_cannot_be_served_is_said(string rule, string members) => AssertAsync(members, rule);

    [Theory]
    [InlineData("NMRPC009", "[RpcService] public interface I<T> { [Rpc(\"a\")] Task AAsync(); }")]
    [InlineData("NMRPC009", "public class Outer { [RpcService] private interface I { [Rpc(\"a\")] Task AAsync(); } }")]
    [InlineData("NMRPC009", "[RpcService] file interface I { [Rpc(\"a\")] Task AAsync(); }")]
    [InlineData("NMRPC011", "[RpcService(JsonContext = typeof(string))] public interface I { [Rpc(\"a\")] Task AAsync(); }")]
    public async Task An_interface_that_code_cannot_implement_is_said(string rule, string source) => Assert.Equal([rule], await AnalyzeAsync(source));

    [Fact]
    public void Nothing_is_generated_for_what_cannot_be_served_and_nothing_again_that_has_not_changed()
    {
        CSharpCompilation compilation = Compile("""[RpcService] public interface IGood { [Rpc("a")] Task AAsync(); } [RpcService] public interface IBad { Task AAsync(); }""");
        GeneratorDriver driver = CSharpGeneratorDriver.Create([new RpcContractGenerator().AsSourceGenerator()], driverOptions: new(IncrementalGeneratorOutputKind.None, trackIncrementalGeneratorSteps: true));
        driver = driver.RunGeneratorsAndUpdateCompilation(compilation, out Compilation with, out ImmutableArray<Diagnostic> said);
        Assert.Empty(said);
        Assert.Equal("IGood.Rpc.g.cs", Path.GetFileName(Assert.Single(driver.GetRunResult().GeneratedTrees).FilePath));
        Assert.Empty(with.GetDiagnostics().Where(static diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        driver = driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class Other;")));
        Assert.All(driver.GetRunResult().Results[0].TrackedOutputSteps.Values.SelectMany(static steps => steps).SelectMany(static step => step.Outputs),
            static output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    [Fact]
    public void What_is_generated_with_a_context_uses_no_reflection()
    {
        CSharpCompilation compilation = Compile("""
            [RpcService(JsonContext = typeof(Context))] public interface IGood { [Rpc("a")] Task<string> AAsync(int number); }
            public abstract class Context(System.Text.Json.JsonSerializerOptions options) : System.Text.Json.Serialization.JsonSerializerContext(options) { public static Context Default => null!; }
            """);
        string code = CSharpGeneratorDriver.Create(new RpcContractGenerator()).RunGenerators(compilation).GetRunResult().GeneratedTrees.Single().ToString();
        Assert.Contains("Json<int>(global::Context.Default, false)", code, StringComparison.Ordinal);
        Assert.Contains("Json<string>(global::Context.Default, false)", code, StringComparison.Ordinal);
        Assert.DoesNotContain("Json<int>(false)", code, StringComparison.Ordinal);
    }

    private static async Task AssertAsync(string members, params string[] rules) => Assert.Equal(rules, await AnalyzeAsync($"[RpcService] public interface IContract {{ {members} }}"));

    private static async Task<IEnumerable<string>> AnalyzeAsync(string source)
    {
        ImmutableArray<Diagnostic> said = await Compile(source).WithAnalyzers([new RpcContractAnalyzer()]).GetAnalyzerDiagnosticsAsync();
        Assert.All(said, static diagnostic => Assert.True(diagnostic.Location.IsInSource));
        return said.Select(static diagnostic => diagnostic.Id);
    }

    private static CSharpCompilation Compile(string source)
    {
        const string usings = "using System; using System.Collections.Generic; using System.Threading; using System.Threading.Tasks; using Net.Mesh.Rpc;\n";
        return CSharpCompilation.Create("Contracts", [CSharpSyntaxTree.ParseText(usings + source)], References, new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
    }
}
