using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis;

namespace Net.Mesh.Rpc.Generators;

/// <summary>Reads an interface as a contract, and says everything that is wrong with it.</summary>
internal sealed class ContractReader
{
    public const string ServiceAttribute = "Net.Mesh.Rpc.RpcServiceAttribute";
    private const string RpcAttribute = "Net.Mesh.Rpc.RpcAttribute";
    private const string Token = "System.Threading.CancellationToken";
    private const string Stream = "System.Collections.Generic.IAsyncEnumerable<T>";
    private const string JsonContext = "System.Text.Json.Serialization.JsonSerializerContext";

    private static readonly SymbolDisplayFormat Named = SymbolDisplayFormat.FullyQualifiedFormat.WithMiscellaneousOptions(
        SymbolDisplayMiscellaneousOptions.UseSpecialTypes | SymbolDisplayMiscellaneousOptions.EscapeKeywordIdentifiers | SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    private readonly INamedTypeSymbol _type;
    private readonly Dictionary<string, string> _services = new(StringComparer.Ordinal);

    private ContractReader(INamedTypeSymbol type) => _type = type;

    private List<Diagnostic> Problems { get; } = [];

    /// <summary>The contract; null with the problems when it cannot be served.</summary>
    public static (Contract? Contract, IReadOnlyList<Diagnostic> Problems) Read(INamedTypeSymbol type, AttributeData attribute)
    {
        var reader = new ContractReader(type);
        Contract contract = reader.Read(attribute);
        return (reader.Problems.Count == 0 ? contract : null, reader.Problems);
    }

    private Contract Read(AttributeData attribute)
    {
        if (WhyNotReachable(_type) is { } why)
            Report(Rules.BadContract, _type, _type.Name, why);
        string? context = ReadContext(attribute);
        var methods = new List<ContractMethod>();
        foreach (INamedTypeSymbol declaring in new[] { _type }.Concat(_type.AllInterfaces))
        {
            foreach (ISymbol member in declaring.GetMembers().Where(static member => !member.IsImplicitlyDeclared))
            {
                if (ReadMember(declaring, member) is { } method)
                    methods.Add(method);
            }
        }
        if (methods.Count == 0 && Problems.Count == 0)
            Report(Rules.Empty, _type, _type.Name);
        return new(NameOf(_type), context, methods);
    }

    private ContractMethod? ReadMember(INamedTypeSymbol declaring, ISymbol member)
    {
        if (member is not IMethodSymbol method)
        {
            Report(Rules.NoMethod, member, member.Name, member.Kind.ToString().ToLowerInvariant());
            return null;
        }
        if (method.MethodKind != MethodKind.Ordinary || !method.IsAbstract || method.IsStatic)
        {
            // The accessors of a property or an event are told of with it; a body of its own needs no call.
            if (method.IsStatic && method.IsAbstract)
                Report(Rules.NoMethod, member, member.Name, "static method");
            return null;
        }
        if (method.IsGenericMethod)
            Report(Rules.Generic, method, method.Name);
        string service = ReadService(method);
        (Body? request, IReadOnlyList<ContractParameter> parameters) = ReadParameters(method);
        return ReadResult(method) is { } result ? new(NameOf(declaring), Escaped(method.Name), service, parameters, request, result) : null;
    }

    private string ReadService(IMethodSymbol method)
    {
        AttributeData? rpc = method.GetAttributes().FirstOrDefault(static attribute => attribute.AttributeClass?.ToDisplayString() == RpcAttribute);
        if (rpc is null || rpc.ConstructorArguments.Length == 0)
        {
            Report(Rules.NoService, method, method.Name);
            return "";
        }
        string service = rpc.ConstructorArguments[0].Value as string ?? "";
        if (!ServiceName.IsValid(service))
            Report(Rules.BadService, method, service);
        else if (_services.TryGetValue(service, out string? other))
            Report(Rules.SameService, method, method.Name, service, other);
        else
            _services.Add(service, method.Name);
        return service;
    }

    private (Body? Request, IReadOnlyList<ContractParameter> Parameters) ReadParameters(IMethodSymbol method)
    {
        var parameters = new List<ContractParameter>();
        var requests = new List<IParameterSymbol>();
        for (int i = 0; i < method.Parameters.Length; i++)
        {
            IParameterSymbol parameter = method.Parameters[i];
            if (parameter.RefKind != RefKind.None || parameter.Type is IPointerTypeSymbol or IFunctionPointerTypeSymbol || parameter.Type.IsRefLikeType)
                Report(Rules.ByReference, parameter, parameter.Name, method.Name);
            bool isToken = i == method.Parameters.Length - 1 && parameter.Type.ToDisplayString() == Token;
            if (!isToken)
                requests.Add(parameter);
            parameters.Add(new(Escaped(parameter.Name), NameOf(parameter.Type), isToken));
        }
        if (requests.Count > 1)
            Report(Rules.TwoRequests, method, method.Name, requests.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (requests.Count != 1)
            return (null, parameters);
        ITypeSymbol type = requests[0].Type;
        return (ItemOf(type) is { } item ? BodyOf(item, isStream: true) : BodyOf(type, isStream: false), parameters);
    }

    private ContractResult? ReadResult(IMethodSymbol method)
    {
        string type = NameOf(method.ReturnType);
        if (ItemOf(method.ReturnType) is { } item && IsValue(item))
            return new(type, ResultKind.Stream, BodyOf(item, isStream: true));
        if (method.ReturnType is INamedTypeSymbol named)
        {
            switch (named.OriginalDefinition.ToDisplayString())
            {
                case "System.Threading.Tasks.Task":
                    return new(type, ResultKind.Task, null);
                case "System.Threading.Tasks.ValueTask":
                    return new(type, ResultKind.ValueTask, null);
                case "System.Threading.Tasks.Task<TResult>" when IsValue(named.TypeArguments[0]):
                    return new(type, ResultKind.Task, BodyOf(named.TypeArguments[0], isStream: false));
                case "System.Threading.Tasks.ValueTask<TResult>" when IsValue(named.TypeArguments[0]):
                    return new(type, ResultKind.ValueTask, BodyOf(named.TypeArguments[0], isStream: false));
            }
        }
        Report(Rules.BadResult, method, method.Name, method.ReturnType.ToDisplayString());
        return null;
    }

    private string? ReadContext(AttributeData attribute)
    {
        if (attribute.NamedArguments.FirstOrDefault(static argument => argument.Key == "JsonContext").Value.Value is not ITypeSymbol context)
            return null;
        for (ITypeSymbol? type = context; type is not null; type = type.BaseType)
        {
            if (type.ToDisplayString() == JsonContext && context.DeclaredAccessibility != Accessibility.Private)
                return NameOf(context);
        }
        Report(Rules.BadContext, _type, context.Name);
        return null;
    }

    private static string? WhyNotReachable(INamedTypeSymbol type)
    {
        for (INamedTypeSymbol? around = type; around is not null; around = around.ContainingType)
        {
            if (around.IsGenericType)
                return "generic";
            if (around.IsFileLocal)
                return "local to its file";
            if (around.DeclaredAccessibility is Accessibility.Private or Accessibility.Protected or Accessibility.ProtectedAndInternal)
                return "private to another type";
        }
        return null;
    }

    private static ITypeSymbol? ItemOf(ITypeSymbol type) =>
        type is INamedTypeSymbol { TypeArguments.Length: 1 } named && named.OriginalDefinition.ToDisplayString() == Stream ? named.TypeArguments[0] : null;

    private static bool IsValue(ITypeSymbol type) =>
        type is not (IPointerTypeSymbol or IFunctionPointerTypeSymbol) && !type.IsRefLikeType && ItemOf(type) is null
        && !type.ToDisplayString().StartsWith("System.Threading.Tasks.", StringComparison.Ordinal);

    // null counts as a value where the contract says so, and for types that say nothing (code without nullable annotations).
    private static Body BodyOf(ITypeSymbol type, bool isStream) =>
        new(NameOf(type), isStream, type.IsReferenceType && type.NullableAnnotation != NullableAnnotation.NotAnnotated);

    private static string NameOf(ITypeSymbol type) => type.ToDisplayString(Named);

    private static string Escaped(string name) => "@" + name;

    private void Report(DiagnosticDescriptor rule, ISymbol at, params string[] words)
    {
        Location? location = at.Locations.FirstOrDefault(static location => location.IsInSource) ?? _type.Locations.FirstOrDefault();
        Problems.Add(Diagnostic.Create(rule, location, words));
    }
}
