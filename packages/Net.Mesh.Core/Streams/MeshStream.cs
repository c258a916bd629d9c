using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Node;
using Net.Mesh.Streams;

namespace Net.Mesh;

/// <summary>
/// A stream with a peer, in both directions. Any number of senders, one reader at a time. Disposing closes it as
/// <see cref="StreamOptions.CloseBehavior"/> says.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a stream of the mesh, not of bytes.")]
public sealed class MeshStream : IAsyncDisposable
{
    /// <summary>The attempts of <see cref="SendWithRetryAsync(ReadOnlyMemory{byte}, int, CancellationToken)"/> wait this long at most.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    private readonly StreamPort _port;
    private readonly TimeProvider _time;
    private int _isDisposed;

    internal MeshStream(StreamPort port, TimeProvider time)
    {
        _port = port;
        _time = time;
        port.Claim();
    }

    /// <summary>The peer at the other end.</summary>
    public NodeId PeerNodeId => _port.Peer.NodeId;

    /// <summary>The stream's id.</summary>
    public ulong StreamId => _port.StreamId;

    /// <summary>The stream's options; those of the first open.</summary>
    public StreamOptions Options => _port.Options;

    /// <summary>Whether the stream has not ended and there is a session.</summary>
    public bool IsOpen => _port.IsOpen;

    /// <summary>The stream in figures.</summary>
    public StreamStats Stats => _port.Stats;

    /// <summary>Sends a message now, or says why not. Nothing is queued: back-pressure is a signal.</summary>
    /// <exception cref="MessageTooLargeException">The peer cannot take it.</exception>
    /// <exception cref="StreamException">Kind <c>exceeds-window</c>: it is larger than the stream's window can ever be.</exception>
    public ValueTask<SendStatus> TrySendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_port.TrySend(payload));
    }

    /// <summary>Sends all messages now, or none; small ones share packets.</summary>
    /// <exception cref="MessageTooLargeException">The peer cannot take one of them.</exception>
    /// <exception cref="StreamException">Kind <c>exceeds-window</c>: together they are larger than the stream's window can ever be.</exception>
    public ValueTask<SendStatus> TrySendAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        cancellationToken.ThrowIfCancellationRequested();
        return new(_port.TrySend(payloads));
    }

    /// <summary>Sends a message now, or throws.</summary>
    /// <exception cref="StreamException">Kind <c>backpressure</c> or <c>not-connected</c>: nothing was sent.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ThrowUnlessSent(_port.TrySend(payload));
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends all messages now, or throws and sends none.</summary>
    /// <exception cref="StreamException">Kind <c>backpressure</c> or <c>not-connected</c>: nothing was sent.</exception>
    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        cancellationToken.ThrowIfCancellationRequested();
        ThrowUnlessSent(_port.TrySend(payloads));
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// Sends a message, and after back-pressure tries again after 5, 10, 20, 40, 80, 160, 200, 200… ms. What needs several packets
    /// goes on from the first that did not leave.
    /// </summary>
    /// <param name="payload">The message.</param>
    /// <param name="maxRetries">Attempts beyond the first.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="StreamException">Kind <c>backpressure</c> after the last attempt, or <c>not-connected</c>.</exception>
    public ValueTask SendWithRetryAsync(ReadOnlyMemory<byte> payload, int maxRetries, CancellationToken cancellationToken = default) =>
        SendWithRetryAsync(new EventList(payload), maxRetries, cancellationToken);

    /// <summary>The same for several messages.</summary>
    /// <exception cref="StreamException">Kind <c>backpressure</c> after the last attempt, when the first messages may have left, or <c>not-connected</c>.</exception>
    public ValueTask SendWithRetryAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, int maxRetries, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        return SendWithRetryAsync(new EventList(payloads), maxRetries, cancellationToken);
    }

    /// <summary>Sends a message, waiting for the peer and the network as long as it takes.</summary>
    /// <exception cref="StreamException">Kind <c>not-connected</c>, or why the stream ended.</exception>
    public ValueTask SendBlockingAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) =>
        Unwrap(_port.SendAsync(payload, cancellationToken));

    /// <summary>Sends messages in order, waiting for the peer and the network as long as it takes; small ones share packets.</summary>
    /// <exception cref="StreamException">Kind <c>not-connected</c>, or why the stream ended; the first messages may have left.</exception>
    public ValueTask SendBlockingAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        return Unwrap(_port.SendAsync(payloads, cancellationToken));
    }

    /// <summary>Waits until so many bytes of credit are there; a message takes 88 more than its length.</summary>
    /// <returns>False when the stream has ended.</returns>
    public ValueTask<bool> WaitForCreditAsync(int bytes, CancellationToken cancellationToken = default) => _port.WaitForCreditAsync(bytes, cancellationToken);

    /// <summary>
    /// The messages as they come: in order and once on a reliable stream. Ends when the peer closes in order, and throws when the
    /// stream ends otherwise.
    /// </summary>
    /// <exception cref="StreamException">Why the stream ended; what arrived before is read first.</exception>
    public IAsyncEnumerable<StreamMessage> ReadAllAsync(CancellationToken cancellationToken = default) => ReadAllAsync(null, cancellationToken);

    /// <summary>The messages as they come, read as the options say.</summary>
    /// <exception cref="StreamException">Why the stream ended; what arrived before is read first.</exception>
    public IAsyncEnumerable<StreamMessage> ReadAllAsync(StreamReadOptions? options, CancellationToken cancellationToken = default) =>
        new Messages(_port, options ?? new StreamReadOptions(), cancellationToken);

    /// <summary>Closes after the peer has everything, within 30 s.</summary>
    /// <returns>Whether the peer has everything that was sent.</returns>
    public async ValueTask<bool> CloseAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return true;
        using var limit = new CancellationTokenSource(CloseLimit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await _port.CloseAsync(drains: true, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await _port.CloseAsync(drains: false, CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            return false;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Options.CloseBehavior == CloseBehavior.DrainThenClose)
            await CloseAsync().ConfigureAwait(false);
        else if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
            await _port.CloseAsync(drains: false).ConfigureAwait(false);
    }

    private async ValueTask SendWithRetryAsync(EventList payloads, int maxRetries, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRetries);
        ThrowUnlessSent(await _port.SendWithPausesAsync(payloads, Pauses(maxRetries), cancellationToken).ConfigureAwait(false));
    }

    private static IEnumerable<TimeSpan> Pauses(int count)
    {
        var pause = TimeSpan.FromMilliseconds(5);
        for (int i = 0; i < count; i++)
        {
            yield return pause;
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private ValueTask Unwrap(ValueTask<SendStatus> sending)
    {
        if (!sending.IsCompletedSuccessfully)
            return AwaitAsync(sending);
        ThrowUnlessSent(sending.Result);
        return ValueTask.CompletedTask;
    }

    [System.Runtime.CompilerServices.AsyncMethodBuilder(typeof(System.Runtime.CompilerServices.PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AwaitAsync(ValueTask<SendStatus> sending) => ThrowUnlessSent(await sending.ConfigureAwait(false));

    private void ThrowUnlessSent(SendStatus status)
    {
        if (status == SendStatus.Sent)
            return;
        if (status == SendStatus.Backpressure)
            throw new StreamException("backpressure", $"Stream {StreamId:x} with {PeerNodeId} has no credit for it now ({Stats.CreditRemainingBytes} of {Stats.WindowBytes} bytes). Send less, retry, or use {nameof(SendBlockingAsync)}.");
        throw _port.Failure ?? new StreamException("not-connected", $"Stream {StreamId:x} with {PeerNodeId} is closed, or there is no session with the peer. Connect and open it again.");
    }

    private sealed class Messages(StreamPort port, StreamReadOptions options, CancellationToken cancellationToken) : IAsyncEnumerable<StreamMessage>
    {
        public IAsyncEnumerator<StreamMessage> GetAsyncEnumerator(CancellationToken enumeratorToken = default) =>
            new MessageReader(port, options, enumeratorToken.CanBeCanceled ? enumeratorToken : cancellationToken);
    }
}
