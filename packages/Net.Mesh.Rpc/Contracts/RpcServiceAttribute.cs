namespace Net.Mesh.Rpc;

/// <summary>
/// Makes an interface the contract of services: the generator that comes with the package writes its client and its server. Each method is
/// a service of its own, with one shape: a value or an <see cref="IAsyncEnumerable{T}"/> in, the same out, and a
/// <see cref="CancellationToken"/> at the end.
/// </summary>
[AttributeUsage(AttributeTargets.Interface)]
public sealed class RpcServiceAttribute : Attribute
{
    /// <summary>
    /// A <c>JsonSerializerContext</c> that knows every type of the contract; for trimmed and native programs. Default: none, and the types
    /// are looked at by reflection.
    /// </summary>
    public Type? JsonContext { get; set; }
}

/// <summary>Names the service that a method of a contract calls and serves.</summary>
/// <param name="service">1 to 230 characters of a-z, 0-9, -, _, . and /.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RpcAttribute(string service) : Attribute
{
    /// <summary>The service.</summary>
    public string Service { get; } = service;
}
