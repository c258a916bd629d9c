using System.Buffers;
using System.Runtime.CompilerServices;

namespace Net.Mesh.Rpc.Typed;

/// <summary>Handlers of values as handlers of bytes (spec 07 §9.1).</summary>
internal static class TypedHandlers
{
    private const string Unary = "typed handler";
    private const string Streaming = "typed streaming handler";

    public static ServiceHandler OfUnary<TRequest, TResponse>(Func<TRequest, RpcContext, CancellationToken, ValueTask<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfNull(requests, responses);
        return new(ServiceShape.Unary)
        {
            Failure = RpcStatus.TypedHandlerError,
            Unary = (context, token) =>
            {
                ValueTask<TResponse> answer = handler(Bodies.DecodeRequest(requests, context.Payload.Span, Unary), context, token);
                return answer.IsCompletedSuccessfully ? new(Answer(responses, answer.Result)) : AnswerAsync(responses, answer);
            },
        };
    }

    public static ServiceHandler OfServerStream<TRequest, TResponse>(Func<TRequest, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfNull(requests, responses);
        return new(ServiceShape.ServerStreaming)
        {
            Failure = RpcStatus.TypedHandlerError,
            ServerStream = (context, token) => EncodeAsync(handler(Bodies.DecodeRequest(requests, context.Payload.Span, Streaming), context, token), responses, token),
        };
    }

    public static ServiceHandler OfClientStream<TRequest, TResponse>(Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, ValueTask<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfNull(requests, responses);
        return new(ServiceShape.ClientStreaming)
        {
            Failure = RpcStatus.TypedHandlerError,
            ClientStream = (context, items, token) => AnswerAsync(responses, handler(DecodeAsync(items, requests, token), context, token)),
        };
    }

    public static ServiceHandler OfDuplex<TRequest, TResponse>(Func<IAsyncEnumerable<TRequest>, RpcContext, CancellationToken, IAsyncEnumerable<TResponse>> handler, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses)
    {
        ArgumentNullException.ThrowIfNull(handler);
        ThrowIfNull(requests, responses);
        return new(ServiceShape.Duplex)
        {
            Failure = RpcStatus.TypedHandlerError,
            Duplex = (context, items, token) => EncodeAsync(handler(DecodeAsync(items, requests, token), context, token), responses, token),
        };
    }

    private static async ValueTask<ReadOnlyMemory<byte>> AnswerAsync<T>(RpcCodec<T> codec, ValueTask<T> answer) => Answer(codec, await answer.ConfigureAwait(false));

    private static ReadOnlyMemory<byte> Answer<T>(RpcCodec<T> codec, T answer)
    {
        try
        {
            return Bodies.Create(codec, answer);
        }
        catch (RpcCodecException)
        {
            throw NotEncodable();
        }
    }

    // One memory for all items: each is in its frame before the next is asked for.
    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> EncodeAsync<T>(IAsyncEnumerable<T> items, RpcCodec<T> codec, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var memory = new ArrayBufferWriter<byte>();
        await foreach (T item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            ReadOnlyMemory<byte> body;
            try
            {
                body = Bodies.Next(codec, item, memory);
            }
            catch (RpcCodecException)
            {
                throw NotEncodable();
            }
            yield return body;
        }
    }

    private static async IAsyncEnumerable<T> DecodeAsync<T>(IAsyncEnumerable<ReadOnlyMemory<byte>> items, RpcCodec<T> codec, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (ReadOnlyMemory<byte> item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
            yield return Bodies.DecodeRequest(codec, item.Span, Streaming);
    }

    // What the handler made is none of the caller's business (spec 07 T18).
    private static RpcApplicationException NotEncodable() => new(RpcStatus.Internal, "typed handler: the answer cannot be encoded");

    private static void ThrowIfNull(object requests, object responses)
    {
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(responses);
    }
}
