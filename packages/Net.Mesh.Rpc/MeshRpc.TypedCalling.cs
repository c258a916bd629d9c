using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh.Rpc.Calling;
using Net.Mesh.Rpc.Typed;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc;

/// <content>Calls with values.</content>
public sealed partial class MeshRpc
{
    /// <summary>Calls a service of a node, with values in and out. It runs at most once.</summary>
    /// <param name="target">A node with a session, perhaps through a relay, or this node.</param>
    /// <param name="service">The service.</param>
    /// <param name="request">The request.</param>
    /// <param name="requests">Writes the request; where it cannot, nothing is sent.</param>
    /// <param name="responses">Reads the answer.</param>
    /// <param name="options">A deadline, headers.</param>
    /// <param name="cancellationToken">Cancels the call, here and there.</param>
    /// <exception cref="RpcException">It failed; the type says how.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResponse> CallAsync<TRequest, TResponse>(NodeId target, string service, TRequest request, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(responses);
        RentedBody body = Bodies.Rent(requests, request);
        RpcReply reply;
        try
        {
            reply = await CallAsync(target, service, body.Memory, options, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            body.Return();
        }
        return Bodies.Decode(responses, reply.Body.Span, "typed decode");
    }

    /// <summary>Calls a service that answers with a stream of values. Nothing is lost by reading slowly: the server waits.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public async ValueTask<RpcStream<TResponse>> CallStreamingAsync<TRequest, TResponse>(NodeId target, string service, TRequest request, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(responses);
        RentedBody body = Bodies.Rent(requests, request);
        StreamingCall? call = null;
        try
        {
            call = await BeginAsync(target, service, RpcFlags.StreamingResponse, options, cancellationToken).ConfigureAwait(false);
            await call.SendRequestAsync(body.Memory).ConfigureAwait(false);
        }
        catch
        {
            call?.Abandon();
            throw;
        }
        finally
        {
            body.Return();
        }
        return new(call, responses);
    }

    /// <summary>Calls a service that takes a stream of values and answers once. Nothing is sent before the first item, or the end.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public async ValueTask<RpcClientStream<TRequest, TResponse>> CallClientStreamAsync<TRequest, TResponse>(NodeId target, string service, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(responses);
        return new(await BeginAsync(target, service, RpcFlags.ClientStreaming, options, cancellationToken).ConfigureAwait(false), requests, responses);
    }

    /// <summary>Calls a service that takes a stream of values and answers with one. Nothing is sent before the first item, or the end.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public async ValueTask<RpcDuplex<TRequest, TResponse>> CallDuplexAsync<TRequest, TResponse>(NodeId target, string service, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(responses);
        return new(await BeginAsync(target, service, RpcFlags.Duplex, options, cancellationToken).ConfigureAwait(false), requests, responses);
    }

    /// <summary>Calls a service of a node, with values in and out, as JSON by generated code.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public ValueTask<TResponse> CallAsync<TRequest, TResponse>(NodeId target, string service, TRequest request, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallAsync(target, service, request, RpcCodec.Json(requests), RpcCodec.Json(responses), options, cancellationToken);

    /// <summary>Calls a service of a node, with values in and out, as JSON by reflection.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ValueTask<TResponse> CallAsync<TRequest, TResponse>(NodeId target, string service, TRequest request, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallAsync(target, service, request, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options, cancellationToken);

    /// <summary>Calls a service that answers with a stream of values, as JSON by generated code.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public ValueTask<RpcStream<TResponse>> CallStreamingAsync<TRequest, TResponse>(NodeId target, string service, TRequest request, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallStreamingAsync(target, service, request, RpcCodec.Json(requests), RpcCodec.Json(responses), options, cancellationToken);

    /// <summary>Calls a service that answers with a stream of values, as JSON by reflection.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ValueTask<RpcStream<TResponse>> CallStreamingAsync<TRequest, TResponse>(NodeId target, string service, TRequest request, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallStreamingAsync(target, service, request, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options, cancellationToken);

    /// <summary>Calls a service that takes a stream of values and answers once, as JSON by generated code.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public ValueTask<RpcClientStream<TRequest, TResponse>> CallClientStreamAsync<TRequest, TResponse>(NodeId target, string service, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallClientStreamAsync(target, service, RpcCodec.Json(requests), RpcCodec.Json(responses), options, cancellationToken);

    /// <summary>Calls a service that takes a stream of values and answers once, as JSON by reflection.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ValueTask<RpcClientStream<TRequest, TResponse>> CallClientStreamAsync<TRequest, TResponse>(NodeId target, string service, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallClientStreamAsync(target, service, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options, cancellationToken);

    /// <summary>Calls a service that takes a stream of values and answers with one, as JSON by generated code.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    public ValueTask<RpcDuplex<TRequest, TResponse>> CallDuplexAsync<TRequest, TResponse>(NodeId target, string service, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallDuplexAsync(target, service, RpcCodec.Json(requests), RpcCodec.Json(responses), options, cancellationToken);

    /// <summary>Calls a service that takes a stream of values and answers with one, as JSON by reflection.</summary>
    /// <inheritdoc cref="CallAsync{TRequest, TResponse}(NodeId, string, TRequest, RpcCodec{TRequest}, RpcCodec{TResponse}, CallOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ValueTask<RpcDuplex<TRequest, TResponse>> CallDuplexAsync<TRequest, TResponse>(NodeId target, string service, CallOptions? options = null, CancellationToken cancellationToken = default) =>
        CallDuplexAsync(target, service, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options, cancellationToken);
}
