using Microsoft.CodeAnalysis;

namespace Net.Mesh.Rpc.Generators;

/// <summary>What can be wrong with a contract.</summary>
internal static class Rules
{
    public static readonly DiagnosticDescriptor NoService = Rule("NMRPC001", "A method of a contract names its service",
        "'{0}' names no service; put [Rpc(\"name\")] on it");

    public static readonly DiagnosticDescriptor BadService = Rule("NMRPC002", "The name of a service is one",
        "'{0}' is no name of a service: 1 to 230 characters of a-z, 0-9, -, _, . and /, no / at an end or twice, and no part that is . or ..");

    public static readonly DiagnosticDescriptor SameService = Rule("NMRPC003", "A service has one method",
        "'{0}' names the service '{1}', and so does '{2}'; give one of them another name");

    public static readonly DiagnosticDescriptor NoMethod = Rule("NMRPC004", "A contract has methods only",
        "'{0}' is a {1}; a contract has methods only");

    public static readonly DiagnosticDescriptor Generic = Rule("NMRPC005", "A method of a contract is not generic",
        "'{0}' is generic, and a caller could not say for which types; write a method for each");

    public static readonly DiagnosticDescriptor ByReference = Rule("NMRPC006", "Parameters are passed by value",
        "'{0}' of '{1}' is passed by reference, which does not reach over a network");

    public static readonly DiagnosticDescriptor TwoRequests = Rule("NMRPC007", "A method takes one request",
        "'{0}' takes {1} requests; put them into one type. A CancellationToken may follow as the last parameter.");

    public static readonly DiagnosticDescriptor BadResult = Rule("NMRPC008", "A method returns what can be sent",
        "'{0}' returns '{1}'; a contract's method returns Task, Task<T>, ValueTask, ValueTask<T> or IAsyncEnumerable<T>, with a T that is no task, stream, pointer or ref struct");

    public static readonly DiagnosticDescriptor BadContract = Rule("NMRPC009", "Generated code can implement a contract",
        "'{0}' is {1}; make it an interface that is none");

    public static readonly DiagnosticDescriptor Empty = Rule("NMRPC010", "A contract has a method",
        "'{0}' has no method to call");

    public static readonly DiagnosticDescriptor BadContext = Rule("NMRPC011", "The JSON context is one",
        "'{0}' is no JsonSerializerContext with a static Default that generated code can reach");

    private static DiagnosticDescriptor Rule(string id, string title, string message) =>
        new(id, title, message, "Net.Mesh.Rpc", DiagnosticSeverity.Error, isEnabledByDefault: true);
}
