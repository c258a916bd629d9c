using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Net.Mesh.TestSupport.Compiling;

namespace Net.Mesh.Architecture.Tests;

/// <summary>The sources of one package, compiled in memory so that rules can ask what a name really means.</summary>
public sealed class PackageCompilation
{
    private readonly Dictionary<SyntaxTree, SourceFile> _files;

    private PackageCompilation(string package, Compilation compilation, Dictionary<SyntaxTree, SourceFile> files)
    {
        Package = package;
        Compilation = compilation;
        _files = files;
    }

    public string Package { get; }

    public Compilation Compilation { get; }

    public static PackageCompilation Create(string package, IEnumerable<SourceFile> sources)
    {
        Dictionary<SyntaxTree, SourceFile> files = sources.ToDictionary(file => CSharpCode.Parse(file.Text, file.Path));
        bool isProgram = files.Keys.Any(tree => tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any());
        return new(package, CSharpCode.Compile(package, files.Keys, isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary), files);
    }

    /// <summary>Every use of a symbol: the file it stands in, the syntax, and the symbol. Documentation comments do not count.</summary>
    public IEnumerable<Use> Uses()
    {
        foreach ((SyntaxTree tree, SourceFile file) in _files)
        {
            SemanticModel model = Compilation.GetSemanticModel(tree);
            foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
            {
                if (node is not (SimpleNameSyntax or BaseObjectCreationExpressionSyntax or ConstructorInitializerSyntax))
                    continue;
                SymbolInfo info = model.GetSymbolInfo(node);
                if ((info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) is { } symbol)
                    yield return new(file, node.GetLocation().GetLineSpan().StartLinePosition.Line + 1, symbol);
            }
        }
    }

    /// <summary>The folders of this package in which a type is declared; none when it comes from elsewhere.</summary>
    public IEnumerable<string> FoldersOf(INamedTypeSymbol type) => type.OriginalDefinition.DeclaringSyntaxReferences
        .Where(reference => _files.ContainsKey(reference.SyntaxTree))
        .Select(reference => _files[reference.SyntaxTree].Folder)
        .Distinct();
}

/// <summary>A place in a file where a symbol is used.</summary>
public readonly record struct Use(SourceFile File, int Line, ISymbol Symbol)
{
    /// <summary>The type that the use depends on.</summary>
    public INamedTypeSymbol? Type => Symbol switch
    {
        INamedTypeSymbol type => type,
        IAliasSymbol { Target: INamedTypeSymbol type } => type,
        INamespaceSymbol or ILocalSymbol or IParameterSymbol or ITypeParameterSymbol => null,
        _ => Symbol.ContainingType,
    };

    public override string ToString() => $"{File.Path}:{Line}";
}
