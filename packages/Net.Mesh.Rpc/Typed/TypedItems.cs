using System.Buffers;
using Net.Mesh.Rpc.Calling;

namespace Net.Mesh.Rpc.Typed;

/// <summary>The answers of a call as values. One reader.</summary>
internal sealed class TypedItems<T>(StreamingCall call, RpcCodec<T> codec)
{
    private bool _hasFailed;

    public async IAsyncEnumerator<T> ReadAsync(CancellationToken cancellationToken)
    {
        while (!_hasFailed && await call.ReadAsync(cancellationToken).ConfigureAwait(false) is { IsThere: true, Item: var body })
        {
            T item;
            try
            {
                item = Bodies.Decode(codec, body.Span, "typed stream decode");
            }
            catch (RpcCodecException)
            {
                // Once, and then it is over, here and there (spec 07 §9.1).
                _hasFailed = true;
                call.Abandon();
                throw;
            }
            yield return item;
        }
    }
}

/// <summary>The items that a call sends, from values. One writer.</summary>
internal sealed class TypedUpload<T>(StreamingCall call, RpcCodec<T> codec)
{
    // The one memory for all items: each is in its frame when sending it is over.
    private readonly ArrayBufferWriter<byte> _memory = new();

    public ValueTask SendAsync(T item, bool isLast, CancellationToken cancellationToken) => call.SendAsync(Bodies.Next(codec, item, _memory), isLast, cancellationToken);

    /// <summary>
    /// Sends every item and the end, until the call is over. The end goes with the last item where it is known by then, as the
    /// reference wants it (spec 07 §5.2); an item that is there is never held back for that.
    /// </summary>
    public async ValueTask SendAllAsync(IAsyncEnumerable<T> items, CancellationToken cancellationToken)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IAsyncEnumerator<T> source = items.GetAsyncEnumerator(leaving.Token);
        Task<bool> following = source.MoveNextAsync().AsTask();
        try
        {
            while (await IsThereAsync(following).ConfigureAwait(false))
            {
                T item = source.Current;
                following = source.MoveNextAsync().AsTask();
                bool isLast = following.IsCompletedSuccessfully && !following.Result;
                await SendAsync(item, isLast, cancellationToken).ConfigureAwait(false);
                if (isLast)
                    return;
            }
            if (!call.Answer.IsCompleted)
                await call.FinishSendingAsync().ConfigureAwait(false);
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await LeaveAsync(source, following).ConfigureAwait(false);
        }
    }

    // An answer that comes before the items are through makes the rest of them idle.
    private async Task<bool> IsThereAsync(Task<bool> following)
    {
        if (!following.IsCompleted)
            await Task.WhenAny(following, call.Answer).ConfigureAwait(false);
        return following.IsCompleted && await following.ConfigureAwait(false);
    }

    // Items that are still being waited for cannot be disposed of; then that happens when they come to rest.
    private static ValueTask LeaveAsync(IAsyncEnumerator<T> source, Task<bool> following)
    {
        if (following.IsCompleted)
            return source.DisposeAsync();
        _ = DisposeLaterAsync(source, following);
        return ValueTask.CompletedTask;
    }

    private static async Task DisposeLaterAsync(IAsyncEnumerator<T> source, Task<bool> following)
    {
        await ((Task)following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await source.DisposeAsync().ConfigureAwait(false);
    }
}
