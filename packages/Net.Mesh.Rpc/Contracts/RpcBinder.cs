using System.ComponentModel;
using Net.Mesh.Rpc.Typed;

namespace Net.Mesh.Rpc.Contracts;

/// <summary>Takes the methods of an implementation, each with its service. Generated code calls it; not for use by hand.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class RpcBinder
{
    private readonly List<(string Service, ServiceHandler Handler)> _bound = [];

    internal RpcBinder()
    {
    }

    internal IReadOnlyList<(string Service, ServiceHandler Handler)> Bound => _bound;

    /// <summary>A value in, a value out.</summary>
    public void Unary<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, ValueTask<TResponse>> method, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses) =>
        _bound.Add((service, TypedHandlers.OfUnary(method, requests, responses)));

    /// <summary>A value in, a stream out.</summary>
    public void ServerStream<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> method, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses) =>
        _bound.Add((service, TypedHandlers.OfServerStream(method, requests, responses)));

    /// <summary>A stream in, a value out.</summary>
    public void ClientStream<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, ValueTask<TResponse>> method, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses) =>
        _bound.Add((service, TypedHandlers.OfClientStream(method, requests, responses)));

    /// <summary>A stream in, a stream out.</summary>
    public void Duplex<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> method, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses) =>
        _bound.Add((service, TypedHandlers.OfDuplex(method, requests, responses)));
}
