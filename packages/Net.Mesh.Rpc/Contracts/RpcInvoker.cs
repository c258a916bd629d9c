using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Net.Mesh.Rpc.Contracts;

/// <summary>Makes the calls of a client. Generated code calls it; not for use by hand. Thread-safe.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class RpcInvoker
{
    private readonly MeshRpc _rpc;
    private readonly Func<string, CallOptions, NodeId> _targetOf;
    private readonly CallOptions _options;

    /// <summary>Calls from a node.</summary>
    /// <param name="rpc">The node's calls.</param>
    /// <param name="targetOf">Which node to call for a service; asked anew for each call.</param>
    /// <param name="options">How every call is made.</param>
    internal RpcInvoker(MeshRpc rpc, Func<string, CallOptions, NodeId> targetOf, CallOptions options)
    {
        _rpc = rpc;
        _targetOf = targetOf;
        _options = options;
    }

    /// <summary>A value out, a value back.</summary>
    public ValueTask<TResponse> CallAsync<TRequest, TResponse>(string service, TRequest request, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, CancellationToken cancellationToken) =>
        _rpc.CallAsync(_targetOf(service, _options), service, request, requests, responses, _options, cancellationToken);

    /// <summary>A value out, a stream back; the call begins when somebody reads.</summary>
    public async IAsyncEnumerable<TResponse> StreamAsync<TRequest, TResponse>(string service, TRequest request, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        RpcStream<TResponse> stream = await _rpc.CallStreamingAsync(_targetOf(service, _options), service, request, requests, responses, _options, cancellationToken).ConfigureAwait(false);
        await using (((IAsyncDisposable)stream).ConfigureAwait(false))
        {
            await foreach (TResponse item in stream.WithCancellation(cancellationToken).ConfigureAwait(false))
                yield return item;
        }
    }

    /// <summary>A stream out, a value back.</summary>
    public async ValueTask<TResponse> UploadAsync<TRequest, TResponse>(string service, IAsyncEnumerable<TRequest> items, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, CancellationToken cancellationToken)
    {
        RpcClientStream<TRequest, TResponse> upload = await _rpc.CallClientStreamAsync(_targetOf(service, _options), service, requests, responses, _options, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
            return await upload.FinishAsync(items, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A stream out, a stream back; the call begins when somebody reads. What the items throw ends it.</summary>
    public async IAsyncEnumerable<TResponse> DuplexAsync<TRequest, TResponse>(string service, IAsyncEnumerable<TRequest> items, RpcCodec<TRequest> requests, RpcCodec<TResponse> responses, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(items);
        RpcDuplex<TRequest, TResponse> duplex = await _rpc.CallDuplexAsync(_targetOf(service, _options), service, requests, responses, _options, cancellationToken).ConfigureAwait(false);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Exception?> sending = SendAsync(duplex, items, leaving.Token);
        IAsyncEnumerator<TResponse> answers = duplex.GetAsyncEnumerator(cancellationToken);
        try
        {
            while (await HasNextAsync(answers, sending).ConfigureAwait(false))
                yield return answers.Current;
        }
        finally
        {
            await answers.DisposeAsync().ConfigureAwait(false);
            await duplex.DisposeAsync().ConfigureAwait(false);
            await leaving.CancelAsync().ConfigureAwait(false);
            await sending.ConfigureAwait(false);
        }
    }

    // What went wrong with the items; a call that is over on its own has nothing to say here.
    private static async Task<Exception?> SendAsync<TRequest, TResponse>(RpcDuplex<TRequest, TResponse> duplex, IAsyncEnumerable<TRequest> items, CancellationToken cancellationToken)
    {
        try
        {
            await duplex.FinishSendingAsync(items, cancellationToken).ConfigureAwait(false);
            return null;
        }
#pragma warning disable CA1031 // Whoever reads the answers is told.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            if (cause is RpcException and not RpcCodecException || cancellationToken.IsCancellationRequested)
                return null;
            await duplex.DisposeAsync().ConfigureAwait(false);
            return cause;
        }
    }

    private static async ValueTask<bool> HasNextAsync<T>(IAsyncEnumerator<T> answers, Task<Exception?> sending)
    {
        try
        {
            return await answers.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (sending is { IsCompletedSuccessfully: true, Result: not null })
        {
            ExceptionDispatchInfo.Throw(sending.Result);
            return false;
        }
    }
}
