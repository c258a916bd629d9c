using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Rpc.Calling;

namespace Net.Mesh.Rpc;

/// <summary>The items of an answer, as they come. One reader. Disposing before the end cancels the call at the server.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A stream of items is what the field calls it.")]
public sealed class RpcStream : IAsyncEnumerable<ReadOnlyMemory<byte>>, IAsyncDisposable
{
    private readonly StreamingCall _call;

    internal RpcStream(StreamingCall call) => _call = call;

    /// <summary>The id of the call.</summary>
    public ulong CallId => _call.CallId;

    /// <summary>Lets the server send so many items more, with <see cref="CallOptions.GrantsByHand"/>; otherwise reading does it.</summary>
    public void Grant(uint items) => _call.Grant(items);

    /// <summary>The items, each the reader's to keep; ends with the stream.</summary>
    /// <exception cref="RpcException">The call failed; what came before was read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerator<ReadOnlyMemory<byte>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _call.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsThere: true, Item: var item })
            yield return item;
    }

    /// <summary>Ends the call; the server is told where it has not ended by itself.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Abandon();
        return ValueTask.CompletedTask;
    }
}

/// <summary>An upload with one answer. One writer. Disposing before the answer cancels the call at the server.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "A client stream is what the field calls it.")]
public sealed class RpcClientStream : IAsyncDisposable
{
    private readonly StreamingCall _call;
    private bool _isFinishing;

    internal RpcClientStream(StreamingCall call) => _call = call;

    /// <summary>The id of the call.</summary>
    public ulong CallId => _call.CallId;

    /// <summary>Sends an item, once the handler has room for it.</summary>
    /// <exception cref="RpcException">The call is over, or the item is too long.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> item, CancellationToken cancellationToken = default) => _call.SendAsync(item, isLast: false, cancellationToken);

    /// <summary>Says that no item follows, and waits for the answer.</summary>
    /// <exception cref="RpcException">The call failed.</exception>
    public async Task<RpcReply> FinishAsync(CancellationToken cancellationToken = default)
    {
        Begin();
        await _call.FinishSendingAsync().ConfigureAwait(false);
        return await _call.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends the last item, which carries the end, and waits for the answer.</summary>
    /// <exception cref="RpcException">The call failed.</exception>
    public async Task<RpcReply> FinishAsync(ReadOnlyMemory<byte> last, CancellationToken cancellationToken = default)
    {
        Begin();
        await _call.SendAsync(last, isLast: true, cancellationToken).ConfigureAwait(false);
        return await _call.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends the call; the server is told where it has not answered.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Abandon();
        return ValueTask.CompletedTask;
    }

    private void Begin()
    {
        if (_isFinishing)
            throw new RpcCodecException(RpcDirection.Encode, "The upload was finished before.");
        _isFinishing = true;
    }
}

/// <summary>Items both ways. One writer and one reader, who may work at once. Disposing before the end cancels the call at the server.</summary>
public sealed class RpcDuplex : IAsyncEnumerable<ReadOnlyMemory<byte>>, IAsyncDisposable
{
    private readonly StreamingCall _call;

    internal RpcDuplex(StreamingCall call) => _call = call;

    /// <summary>The id of the call.</summary>
    public ulong CallId => _call.CallId;

    /// <summary>Sends an item, once the handler has room for it.</summary>
    /// <exception cref="RpcException">The call is over, or the item is too long.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> item, CancellationToken cancellationToken = default) => _call.SendAsync(item, isLast: false, cancellationToken);

    /// <summary>Says that no item follows; the answers go on.</summary>
    public ValueTask FinishSendingAsync() => _call.FinishSendingAsync();

    /// <summary>Lets the server send so many items more, with <see cref="CallOptions.GrantsByHand"/>; otherwise reading does it.</summary>
    public void Grant(uint items) => _call.Grant(items);

    /// <summary>The answers, each the reader's to keep; ends with the stream.</summary>
    /// <exception cref="RpcException">The call failed; what came before was read.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerator<ReadOnlyMemory<byte>> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (await _call.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsThere: true, Item: var item })
            yield return item;
    }

    /// <summary>Ends the call; the server is told where it has not ended by itself.</summary>
    public ValueTask DisposeAsync()
    {
        _call.Abandon();
        return ValueTask.CompletedTask;
    }
}
