using System.Collections.Immutable;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Net.Mesh.Rpc.Generators;

/// <summary>Says what is wrong with interfaces that cannot be served.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class RpcContractAnalyzer : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
    [
        Rules.NoService, Rules.BadService, Rules.SameService, Rules.NoMethod, Rules.Generic, Rules.ByReference, Rules.TwoRequests,
        Rules.BadResult, Rules.BadContract, Rules.Empty, Rules.BadContext,
    ];

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(static symbol => Check(symbol), SymbolKind.NamedType);
    }

    private static void Check(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        AttributeData? attribute = type.GetAttributes().FirstOrDefault(static found => found.AttributeClass?.ToDisplayString() == ContractReader.ServiceAttribute);
        if (type.TypeKind != TypeKind.Interface || attribute is null)
            return;
        foreach (Diagnostic problem in ContractReader.Read(type, attribute).Problems)
            context.ReportDiagnostic(problem);
    }
}
