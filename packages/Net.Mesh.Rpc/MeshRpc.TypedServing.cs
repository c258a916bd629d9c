using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh.Rpc.Typed;

namespace Net.Mesh.Rpc;

/// <content>Services of values. A body that is none is answered with 0x8000 and the handler does not run; a handler that fails answers 0x8001.</content>
public sealed partial class MeshRpc
{
    /// <summary>Serves a service with values in and out.</summary>
    /// <param name="service">1 to 246 characters of a-z, 0-9, -, _, . and /.</param>
    /// <param name="handler">Answers; called for several calls at once. What it throws is answered with 0x8001, and an <see cref="RpcApplicationException"/> with its own status.</param>
    /// <param name="requests">Reads what comes.</param>
    /// <param name="responses">Writes the answers.</param>
    /// <param name="options">Limits, and how handlers run.</param>
    /// <returns>Dispose it to stop serving; calls that run get their answers.</returns>
    /// <exception cref="RpcServeException">Kind <c>invalid_service_name</c> or <c>already_serving</c>.</exception>
    public ServeHandle Serve<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, ValueTask<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, ServeOptions? options = null) =>
        Serve(service, TypedHandlers.OfUnary(handler, requests, responses), options);

    /// <summary>Serves a service with values in and out, as JSON by generated code.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle Serve<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, ValueTask<TResponse>> handler, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, ServeOptions? options = null) =>
        Serve(service, handler, RpcCodec.Json(requests), RpcCodec.Json(responses), options);

    /// <summary>Serves a service with values in and out, as JSON by reflection.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ServeHandle Serve<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, ValueTask<TResponse>> handler, ServeOptions? options = null) =>
        Serve(service, handler, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options);

    /// <summary>Serves a service that answers with a stream of values.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle ServeStreaming<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, ServeOptions? options = null) =>
        Serve(service, TypedHandlers.OfServerStream(handler, requests, responses), options);

    /// <summary>Serves a service that answers with a stream of values, as JSON by generated code.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle ServeStreaming<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, ServeOptions? options = null) =>
        ServeStreaming(service, handler, RpcCodec.Json(requests), RpcCodec.Json(responses), options);

    /// <summary>Serves a service that answers with a stream of values, as JSON by reflection.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ServeHandle ServeStreaming<TRequest, TResponse>(string service, Func<TRequest, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, ServeOptions? options = null) =>
        ServeStreaming(service, handler, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options);

    /// <summary>Serves a service that takes a stream of values and answers once.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle ServeClientStream<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, ValueTask<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, ServeOptions? options = null) =>
        Serve(service, TypedHandlers.OfClientStream(handler, requests, responses), options);

    /// <summary>Serves a service that takes a stream of values and answers once, as JSON by generated code.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle ServeClientStream<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, ValueTask<TResponse>> handler, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, ServeOptions? options = null) =>
        ServeClientStream(service, handler, RpcCodec.Json(requests), RpcCodec.Json(responses), options);

    /// <summary>Serves a service that takes a stream of values and answers once, as JSON by reflection.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ServeHandle ServeClientStream<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, ValueTask<TResponse>> handler, ServeOptions? options = null) =>
        ServeClientStream(service, handler, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options);

    /// <summary>Serves a service that takes a stream of values and answers with one.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle ServeDuplex<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, ServeOptions? options = null) =>
        Serve(service, TypedHandlers.OfDuplex(handler, requests, responses), options);

    /// <summary>Serves a service that takes a stream of values and answers with one, as JSON by generated code.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    public ServeHandle ServeDuplex<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, JsonTypeInfo<TRequest> requests, JsonTypeInfo<TResponse> responses, ServeOptions? options = null) =>
        ServeDuplex(service, handler, RpcCodec.Json(requests), RpcCodec.Json(responses), options);

    /// <summary>Serves a service that takes a stream of values and answers with one, as JSON by reflection.</summary>
    /// <inheritdoc cref="Serve{TRequest, TResponse}(string, Func{TRequest, RpcContext, CancellationToken, ValueTask{TResponse}}, RpcCodec{TRequest}, RpcCodec{TResponse}, ServeOptions?)"/>
    [RequiresUnreferencedCode(RpcCodec.ReflectionWarning)]
    [RequiresDynamicCode(RpcCodec.ReflectionWarning)]
    public ServeHandle ServeDuplex<TRequest, TResponse>(string service, Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, ServeOptions? options = null) =>
        ServeDuplex(service, handler, RpcCodec.Json<TRequest>(), RpcCodec.Json<TResponse>(), options);
}
