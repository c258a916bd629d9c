using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Net.Mesh.Rpc.Generators;

/// <summary>Writes client and server of every interface with [RpcService] that can be served; the analyzer speaks of the others.</summary>
[Generator(LanguageNames.CSharp)]
internal sealed class RpcContractGenerator : IIncrementalGenerator
{
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        // Only text goes through the pipeline: it compares by value, so nothing is written again that has not changed.
        IncrementalValuesProvider<(string Name, string Code)> files = context.SyntaxProvider
            .ForAttributeWithMetadataName(ContractReader.ServiceAttribute, static (node, _) => node is InterfaceDeclarationSyntax, static (found, _) => Write(found))
            .Where(static file => file.Code.Length > 0);
        context.RegisterSourceOutput(files, static (output, file) => output.AddSource(file.Name, SourceText.From(file.Code, Encoding.UTF8)));
    }

    private static (string Name, string Code) Write(GeneratorAttributeSyntaxContext found)
    {
        var type = (INamedTypeSymbol)found.TargetSymbol;
        return ContractReader.Read(type, found.Attributes[0]).Contract is { } contract
            ? (type.ToDisplayString().Replace('<', '_').Replace('>', '_') + ".Rpc.g.cs", ContractWriter.Write(contract))
            : ("", "");
    }
}
