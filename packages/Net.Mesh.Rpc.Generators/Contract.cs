using System.Collections.Generic;

namespace Net.Mesh.Rpc.Generators;

/// <summary>An interface that can be served, in words that code can be written from.</summary>
/// <param name="Name">The interface, with its namespace.</param>
/// <param name="JsonContext">The context that knows its types; null for reflection.</param>
/// <param name="Methods">At least one.</param>
internal sealed record Contract(string Name, string? JsonContext, IReadOnlyList<ContractMethod> Methods);

/// <summary>A method of a contract.</summary>
/// <param name="Declaring">The interface that declares it: the contract, or one that it inherits.</param>
/// <param name="Name">Its name.</param>
/// <param name="Service">The service that it calls and serves.</param>
/// <param name="Parameters">In their order.</param>
/// <param name="Request">What goes out; null for nothing.</param>
/// <param name="Result">What it returns.</param>
internal sealed record ContractMethod(string Declaring, string Name, string Service, IReadOnlyList<ContractParameter> Parameters, Body? Request, ContractResult Result);

/// <summary>A parameter: the request, or the token.</summary>
internal sealed record ContractParameter(string Name, string Type, bool IsToken);

/// <summary>What a method returns.</summary>
/// <param name="Type">The whole type.</param>
/// <param name="Kind">Task, ValueTask or a stream.</param>
/// <param name="Body">What comes back; null for nothing.</param>
internal sealed record ContractResult(string Type, ResultKind Kind, Body? Body);

/// <summary>A value on the wire, or a stream of them.</summary>
/// <param name="Type">The type of one value, as code names it.</param>
/// <param name="IsStream">Whether any number of them come.</param>
/// <param name="IsOptional">Whether null is one.</param>
internal sealed record Body(string Type, bool IsStream, bool IsOptional);

internal enum ResultKind
{
    Task,
    ValueTask,
    Stream,
}
