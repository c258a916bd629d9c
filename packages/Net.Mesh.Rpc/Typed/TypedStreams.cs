using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Rpc.Calling;
using Net.Mesh.Rpc.Typed;

namespace Net.Mesh.Rpc;

/// <summary>The items of an answer, as they come. One reader. Disposing before the end cancels the call at the server.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of items is what the field calls it.")]
public sealed class RpcStream<T> : IAsyncEnumerable<T>, IAsyncDisposable
{
    private readonly StreamingCall _call;
    private readonly TypedItems<T> _items;

    internal RpcStream(StreamingCall call, RpcCodec<T> codec)
    {
        _call = call;
        _items = new(call, codec);
    }

    /// <summary>The id of the call.</summary>
    public ulong CallId => _call.CallId;

    /// <summary>Lets the server send so many items more, with <see cref="CallOptions.GrantsByHand"/>; otherwise reading does it.</summary>
    public void Grant(uint items) => _call.Grant(items);

    /// <summary>The items; ends with the stream. An item that cannot be read is the last: it ends the call.</summary>
    /// <exception cref="RpcException">The call failed, or an item is none; what came before was read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default) => _items.ReadAsync(cancellationToken);

    /// <summary>Ends the call; the server is told where it has not ended by itself.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Abandon();
        return ValueTask.CompletedTask;
    }
}

/// <summary>An upload with one answer. One writer. Disposing before the answer cancels the call at the server.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A client stream is what the field calls it.")]
public sealed class RpcClientStream<TRequest, TResponse> : IAsyncDisposable
{
    private readonly StreamingCall _call;
    private readonly TypedUpload<TRequest> _upload;
    private readonly RpcCodec<TResponse> _responses;
    private bool _isFinishing;

    internal RpcClientStream(StreamingCall call, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses)
    {
        _call = call;
        _upload = new(call, requests);
        _responses = responses;
    }

    /// <summary>The id of the call.</summary>
    public ulong CallId => _call.CallId;

    /// <summary>Sends an item, once the handler has room for it.</summary>
    /// <exception cref="RpcException">The call is over, or the item cannot be sent; then the next one may be.</exception>
    public ValueTask SendAsync(TRequest item, CancellationToken cancellationToken = default) => _upload.SendAsync(item, isLast: false, cancellationToken);

    /// <summary>Says that no item follows, and waits for the answer.</summary>
    /// <exception cref="RpcException">The call failed.</exception>
    public async Task<TResponse> FinishAsync(CancellationToken cancellationToken = default)
    {
        Begin();
        await _call.FinishSendingAsync().ConfigureAwait(false);
        return await AnswerAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the last item, which carries the end, and waits for the answer.</summary>
    /// <exception cref="RpcException">The call failed.</exception>
    public async Task<TResponse> FinishAsync(TRequest last, CancellationToken cancellationToken = default)
    {
        Begin();
        await _upload.SendAsync(last, isLast: true, cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends all that is left, each item as soon as it is there, and waits for the answer.</summary>
    /// <exception cref="RpcException">The call failed.</exception>
    public async Task<TResponse> FinishAsync(IAsyncEnumerable<TRequest> items, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        Begin();
        await _upload.SendAllAsync(items, cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the call; the server is told where it has not answered.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Abandon();
        return ValueTask.CompletedTask;
    }

    private async Task<TResponse> AnswerAsync(CancellationToken cancellationToken)
    {
        RpcReply reply = await _call.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Bodies.Decode(_responses, reply.Body.Span, "typed decode");
    }

    private void Begin()
    {
        if (_isFinishing)
            throw new RpcCodecException(RpcDirection.Encode, "The upload was finished before.");
        _isFinishing = true;
    }
}

/// <summary>Items both ways. One writer and one reader, who may work at once. Disposing before the end cancels the call at the server.</summary>
public sealed class RpcDuplex<TRequest, TResponse> : IAsyncEnumerable<TResponse>, IAsyncDisposable
{
    private readonly StreamingCall _call;
    private readonly TypedUpload<TRequest> _upload;
    private readonly TypedItems<TResponse> _items;

    internal RpcDuplex(StreamingCall call, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses)
    {
        _call = call;
        _upload = new(call, requests);
        _items = new(call, responses);
    }

    /// <summary>The id of the call.</summary>
    public ulong CallId => _call.CallId;

    /// <summary>Sends an item, once the handler has room for it.</summary>
    /// <exception cref="RpcException">The call is over, or the item cannot be sent; then the next one may be.</exception>
    public ValueTask SendAsync(TRequest item, CancellationToken cancellationToken = default) => _upload.SendAsync(item, isLast: false, cancellationToken);

    /// <summary>Says that no item follows; the answers go on.</summary>
    public ValueTask FinishSendingAsync() => _call.FinishSendingAsync();

    /// <summary>Sends the last item, which carries the end; the answers go on.</summary>
    public ValueTask FinishSendingAsync(TRequest last, CancellationToken cancellationToken = default) => _upload.SendAsync(last, isLast: true, cancellationToken);

    /// <summary>Sends all that is left, each item as soon as it is there, and the end; the answers go on.</summary>
    public ValueTask FinishSendingAsync(IAsyncEnumerable<TRequest> items, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(items);
        return _upload.SendAllAsync(items, cancellationToken);
    }

    /// <summary>Lets the server send so many items more, with <see cref="CallOptions.GrantsByHand"/>; otherwise reading does it.</summary>
    public void Grant(uint items) => _call.Grant(items);

    /// <summary>The answers; ends with the stream. An item that cannot be read is the last: it ends the call.</summary>
    /// <exception cref="RpcException">The call failed, or an item is none; what came before was read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IAsyncEnumerator<TResponse> GetAsyncEnumerator(CancellationToken cancellationToken = default) => _items.ReadAsync(cancellationToken);

    /// <summary>Ends the call; the server is told where it has not ended by itself.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Abandon();
        return ValueTask.CompletedTask;
    }
}
