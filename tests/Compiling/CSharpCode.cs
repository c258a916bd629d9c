using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Net.Mesh.TestSupport.Compiling;

/// <summary>
/// Compiles C# as the build does: the same language version, implicit usings, source generators, and the assemblies of the
/// running tests as references. Shared by the projects that import tests/Compiling/Compiling.props.
/// </summary>
public static class CSharpCode
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly CSharpParseOptions ParseOptions = new(LanguageVersion.CSharp14);
    private static readonly Lazy<ISourceGenerator[]> Generators = new(LoadGenerators);
    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ]);

    public static SyntaxTree Parse(string text, string path) => CSharpSyntaxTree.ParseText(SourceText.From(text, System.Text.Encoding.UTF8), ParseOptions, path);

    /// <summary>Compiles to an assembly of this name; the built assembly of the same name is not referenced.</summary>
    public static Compilation Compile(string assemblyName, IEnumerable<SyntaxTree> trees, OutputKind kind = OutputKind.DynamicallyLinkedLibrary)
    {
        var compilation = CSharpCompilation.Create(
            assemblyName,
            [Parse(ImplicitUsings, "ImplicitUsings.g.cs"), .. trees],
            References.Value.Where(reference => Path.GetFileNameWithoutExtension(reference.Display) != assemblyName),
            new CSharpCompilationOptions(kind, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release));
        CSharpGeneratorDriver.Create(Generators.Value, parseOptions: ParseOptions)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation generated, out _);
        return generated;
    }

    /// <summary>The compilation's errors as text; none when it is right.</summary>
    public static IReadOnlyList<string> Errors(Compilation compilation) =>
        [.. compilation.GetDiagnostics().Where(problem => problem.Severity == DiagnosticSeverity.Error).Select(problem => problem.ToString())];

    // The build leaves the list of its analyzers beside the tests; see tests/Compiling/Compiling.props.
    private static ISourceGenerator[] LoadGenerators()
    {
        string list = Path.Combine(AppContext.BaseDirectory, "generators.txt");
        return
        [
            .. File.ReadAllLines(list)
                .Where(path => Path.GetFileName(path) is "System.Text.Json.SourceGeneration.dll" or "Microsoft.Extensions.Logging.Generators.dll"
                    or "Microsoft.Extensions.Options.SourceGeneration.dll" or "System.Text.RegularExpressions.Generator.dll" or "Microsoft.Interop.LibraryImportGenerator.dll"
                    or "Net.Mesh.Rpc.Generators.dll")
                .SelectMany(path => new AnalyzerFileReference(path, Loader.Instance).GetGenerators(LanguageNames.CSharp)),
        ];
    }

    private sealed class Loader : IAnalyzerAssemblyLoader
    {
        public static Loader Instance { get; } = new();

        public void AddDependencyLocation(string fullPath)
        {
        }

        public Assembly LoadFromPath(string fullPath) => Assembly.LoadFrom(fullPath);
    }
}
