using System.Diagnostics;
using System.Threading.Channels;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc.Calling;

/// <summary>A call that streams: items up, items down, or both. One writer and one reader at a time; both may work at once.</summary>
internal sealed class StreamingCall : PendingCall
{
    private static readonly TimeSpan DeadlineLeeway = TimeSpan.FromMilliseconds(200);

    private readonly RpcCaller _caller;
    private readonly CallOptions _how;
    private readonly RpcFlags _flags;
    private readonly IReadOnlyList<RpcHeader> _headers;
    private readonly Activity? _activity;
    private readonly long _startedAt;
    private readonly TimeSpan _deadline;
    private readonly CreditGate _uploadCredit;
    private readonly Channel<ReadOnlyMemory<byte>> _items = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TaskCompletionSource<RpcReply> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _cancellation;
    private readonly uint _window;
    private CancellationTokenRegistration _cancelling;
    private long _requestBytes;
    private long _responseBytes;
    private int _unread;
    private uint _taken;
    private bool _isSent;
    private bool _isFinished;
    private int _isOver;

    private StreamingCall(RpcCaller caller, CallRoute route, RpcFlags shape, CallOptions how, TimeSpan deadline, CancellationToken cancellationToken)
    {
        _caller = caller;
        _how = how;
        Route = route;
        Target = route.Target;
        _deadline = deadline;
        _cancellation = cancellationToken;
        _startedAt = caller.Time.GetTimestamp();
        _window = WindowOf(how.StreamWindow ?? caller.Options.StreamWindow, nameof(CallOptions.StreamWindow));
        uint requestWindow = WindowOf(how.RequestWindow ?? caller.Options.StreamWindow, nameof(CallOptions.RequestWindow));
        _uploadCredit = new(requestWindow);
        _activity = RpcTracing.StartClient(route.Service, route.Target);
        (RpcFlags traced, IReadOnlyList<RpcHeader> headers) = RpcTracing.Stamp(how, _activity);
        _flags = shape | traced;
        _headers = RpcWindows.Add(headers, IsUpload ? requestWindow : null, IsDownload ? _window : null);
        RpcEvents.ThrowIfInvalid(_headers);
    }

    public bool IsUpload => (_flags & RpcFlags.ClientStreaming) != 0;

    public bool IsDownload => (_flags & RpcFlags.StreamingResponse) != 0;

    /// <summary>The answer to an upload.</summary>
    public Task<RpcReply> Answer => _answer.Task;

    public static StreamingCall Begin(RpcCaller caller, CallRoute route, RpcFlags shape, CallOptions how, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var call = new StreamingCall(caller, route, shape, how, deadline, cancellationToken);
        _ = call._answer.Task.ContinueWith(static task => task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        caller.Add(call);
        if (cancellationToken.CanBeCanceled)
            call._cancelling = cancellationToken.UnsafeRegister(static state => ((StreamingCall)state!).OnCancelled(), call);
        if (deadline != Timeout.InfiniteTimeSpan && caller.IsPending(call.CallId, call))
            caller.Wheel.Add(call, deadline);
        return call;
    }

    /// <summary>Sends the request of a call without an upload.</summary>
    public ValueTask SendRequestAsync(ReadOnlyMemory<byte> body) => PostRequestAsync(body, RpcFlags.None);

    /// <summary>Sends an item; the first one goes with the request. Waits until the handler has room for it.</summary>
    /// <exception cref="RpcCodecException">The upload is finished.</exception>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> item, bool isLast, CancellationToken cancellationToken)
    {
        if (_isFinished)
            throw new RpcCodecException(RpcDirection.Encode, $"The upload to '{Route!.Service}' is finished: nothing can be sent after that.");
        if (isLast && item.IsEmpty && _isSent)
        {
            // An empty last item would be taken for the end alone.
            await SendAsync(item, isLast: false, cancellationToken).ConfigureAwait(false);
            await FinishSendingAsync().ConfigureAwait(false);
            return;
        }
        if (!await _uploadCredit.TryTakeAsync(cancellationToken).ConfigureAwait(false))
            throw await EndedAsync().ConfigureAwait(false);
        RpcFlags end = isLast && !item.IsEmpty ? RpcFlags.RequestEnd : RpcFlags.None;
        _isFinished = end != RpcFlags.None;
        await PostItemAsync(item, end).ConfigureAwait(false);
        if (isLast && !_isFinished)
            await FinishSendingAsync().ConfigureAwait(false);
    }

    /// <summary>Says that no item follows.</summary>
    public ValueTask FinishSendingAsync()
    {
        if (_isFinished)
            return ValueTask.CompletedTask;
        _isFinished = true;
        return PostItemAsync(default, RpcFlags.RequestEnd);
    }

    /// <summary>The next item of the answer, or the end.</summary>
    public async ValueTask<(bool IsThere, ReadOnlyMemory<byte> Item)> ReadAsync(CancellationToken cancellationToken)
    {
        while (await _items.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_items.Reader.TryRead(out ReadOnlyMemory<byte> item))
                continue;
            Interlocked.Decrement(ref _unread);
            if (!_how.GrantsByHand)
                OnTaken();
            return (true, item);
        }
        return (false, default);
    }

    /// <summary>Lets the server send so many items more.</summary>
    public void Grant(uint credits)
    {
        if (credits > 0 && IsDownload && _isOver == 0)
            Route!.Requests.Post(RpcEvents.StreamGrant(_caller.Origin, CallId, credits));
    }

    /// <summary>Nobody waits for the rest.</summary>
    public void Abandon()
    {
        if (_isOver != 0 || !_caller.TryTake(CallId, this))
            return;
        TellServer();
        End(new OperationCanceledException("The call was disposed of before it was over."), isAbandoned: true);
    }

    public override bool OnResponse(in ResponseFrame response)
    {
        if (_isOver != 0)
            return true;
        if (response.Status != RpcStatus.Ok.Code)
        {
            End(IsOwnDeadline(response.Status) ? TimedOut() : RpcCaller.Explain(this, response.Status, response.Body));
            return true;
        }
        _responseBytes += response.Body.Length;
        if (!IsDownload)
        {
            _answer.TrySetResult(new(response.Body.ToArray(), response.Headers, _caller.Time.GetElapsedTime(_startedAt)));
            End(null);
            return true;
        }
        // Of what the reference would not send: another word, or none at all, ends the stream (spec 07 §5.1).
        bool goesOn = IsWord(response.Headers, "continue"u8);
        if (goesOn || !response.Body.IsEmpty)
        {
            if (Interlocked.Increment(ref _unread) > Math.Max(_window, (uint)_caller.Options.MaxUnreadItems))
            {
                TellServer();
                End(new RpcTransportException($"{Target} sent more than {_window} items of '{Route!.Service}' before they were read, and more than this node keeps ({nameof(RpcOptions)}.{nameof(RpcOptions.MaxUnreadItems)})."));
                return true;
            }
            _items.Writer.TryWrite(response.Body.ToArray());
        }
        if (goesOn)
            return false;
        End(null);
        return true;
    }

    public override void OnRequestGrant(uint credits) => _uploadCredit.Add(credits);

    public override void Fail(Exception cause) => End(cause);

    public override void OnTimeOver(ulong key)
    {
        if (!_caller.TryTake(key, this))
            return;
        TellServer();
        End(TimedOut());
    }

    // The server keeps the same deadline, and its word may be here before this side's clock has struck.
    private bool IsOwnDeadline(ushort status) => (status == RpcStatus.Cancelled.Code || status == RpcStatus.Timeout.Code)
        && _deadline != Timeout.InfiniteTimeSpan && _caller.Time.GetElapsedTime(_startedAt) + DeadlineLeeway >= _deadline;

    private RpcTimeoutException TimedOut() => new(_caller.Time.GetElapsedTime(_startedAt), $"'{Route!.Service}' of {Target} was not through within {_deadline}.");

    private void OnCancelled()
    {
        if (!_caller.TryTake(CallId, this))
            return;
        TellServer();
        End(new OperationCanceledException(_cancellation));
    }

    private void TellServer()
    {
        if (_isSent)
            _caller.Cancel(Route!, CallId);
    }

    private void OnTaken()
    {
        // Credit goes back in halves of the window: one message for many items (spec 07 T9).
        uint batch = Math.Max(1, _window / 2);
        if (++_taken < batch)
            return;
        Grant(_taken);
        _taken = 0;
    }

    private ValueTask PostItemAsync(ReadOnlyMemory<byte> item, RpcFlags end)
    {
        if (!_isSent)
            return PostRequestAsync(item, end);
        _caller.ThrowIfTooLong(Route!, Net.Mesh.Wire.EventMeta.Size + 15 + item.Length);
        _requestBytes += item.Length;
        return Route!.Requests.PostAsync(RpcEvents.RequestChunk(_caller.Origin, CallId, end, item.Span), _cancellation);
    }

    private ValueTask PostRequestAsync(ReadOnlyMemory<byte> body, RpcFlags end)
    {
        _caller.ThrowIfTooLong(Route!, RpcCaller.RequestSize(Route!, _headers, body.Length));
        _cancellation.ThrowIfCancellationRequested();
        TimeSpan left = _deadline == Timeout.InfiniteTimeSpan ? _deadline : _deadline - _caller.Time.GetElapsedTime(_startedAt);
        Lifetime = Route!.Requests.NextLifetime;
        _isSent = true;
        _requestBytes += body.Length;
        OutboundEvent request = RpcEvents.Request(_caller.Origin, CallId, Route.ServiceBytes, _caller.OnTheWire(left), _flags | end, _headers, body.Span);
        return Route.Requests.PostAsync(request, _cancellation);
    }

    private void End(Exception? failure, bool isAbandoned = false)
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0)
            return;
        _cancelling.Unregister();
        if (failure is OperationCanceledException cancelled)
            _answer.TrySetCanceled(cancelled.CancellationToken);
        else if (failure is not null)
            _answer.TrySetException(failure);
        _items.Writer.TryComplete(failure);
        _uploadCredit.Close();
        RpcTracing.End(_activity, isAbandoned ? null : failure);
        _caller.Tell(Route!, _caller.Time.GetElapsedTime(_startedAt), failure, Interlocked.Read(ref _requestBytes), _responseBytes);
    }

    // Why a send cannot go on: the call is over.
    private async ValueTask<Exception> EndedAsync()
    {
        try
        {
            await _answer.Task.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever ended the call is what the sender is told.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            return cause;
        }
        return new RpcTransportException($"'{Route!.Service}' of {Target} answered before the upload was finished.");
    }

    private static bool IsWord(RpcHeader[] headers, ReadOnlySpan<byte> word)
    {
        if (ReferenceEquals(headers, RpcHeaderNames.Continue))
            return word.SequenceEqual("continue"u8);
        foreach (RpcHeader header in headers)
        {
            if (header.Name == RpcHeaderNames.Streaming)
                return header.Value.Span.SequenceEqual(word);
        }
        return false;
    }

    private static uint WindowOf(uint window, string name) => window > 0
        ? window
        : throw new RpcCodecException(RpcDirection.Encode, $"{name} is 0: nothing could ever be sent. Give 1 or more, or none for the default.");
}
