using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc.Serving;

/// <summary>A call that a handler works on: its context, what cancels it, the items that come up and the credit for those that go down.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source goes back to where it came from when the handler is done.")]
internal sealed class ServerCall : Timed, IThreadPoolWorkItem
{
    /// <summary>Items leave when they are this many bytes together.</summary>
    private const int SendAtOnce = 32 * 1024;
    private const int ItemOverhead = 64;

    private readonly ServedService _service;
    private readonly CancellationTokenSource _stopping = CancellationSources.Rent();
    private readonly Channel<ReadOnlyMemory<byte>>? _items;
    private readonly CreditGate? _credit;
    private readonly uint? _uploadWindow;
    private readonly long _startedAt;
    private long _requestBytes;
    private long _responseBytes;
    private int _unread;
    private uint _taken;
    private bool _isUploadOver;
    private int _fate; // a StopReason

    public ServerCall(ServedService service, NodeId caller, Outbox replies, in RpcSender sender, OriginHash origin, ulong callId, in RequestFrame request)
    {
        _service = service;
        Caller = caller;
        Replies = replies;
        CallId = callId;
        Sender = sender;
        bool isUpload = service.Handler.IsUpload;
        Context.Begin(service.Name, caller, origin, callId, request, isUpload ? default : request.Body.ToArray());
        _startedAt = service.Time.GetTimestamp();
        _requestBytes = Context.Payload.Length;
        if (service.Handler.IsDownload)
            _credit = new(HonoursWindow(service, sender) ? RpcHeaderNames.WindowOf(request.Headers, RpcHeaderNames.StreamWindow) : null);
        if (!isUpload)
            return;
        _uploadWindow = RpcHeaderNames.WindowOf(request.Headers, RpcHeaderNames.RequestWindow);
        _items = Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleReader = true });
        OnItem(request.Body, request.Flags);
    }

    public enum StopReason
    {
        None,
        Cancelled,
        Deadline,
        CallerGone,
        Overrun,

        /// <summary>The handler was done before anybody wanted it to stop.</summary>
        Done,
    }

    public NodeId Caller { get; }

    public ulong CallId { get; }

    public RpcSender Sender { get; }

    public Outbox Replies { get; }

    public RpcContext Context { get; } = new();

    public CancellationToken Token => _stopping.Token;

    /// <summary>Why the handler is to stop, or that it is done.</summary>
    public StopReason Stopped => (StopReason)Volatile.Read(ref _fate);

    public TimeSpan Elapsed => _service.Time.GetElapsedTime(_startedAt);

    /// <summary>An item of the upload, or its end; on the thread that receives.</summary>
    public void OnItem(ReadOnlySpan<byte> body, RpcFlags flags)
    {
        if (_items is null || _isUploadOver)
            return;
        bool isEnd = (flags & RpcFlags.RequestEnd) != 0;
        // Empty with the end is the end alone, and without it an item (spec 07 §5.2).
        if (!body.IsEmpty || !isEnd)
        {
            if (Interlocked.Increment(ref _unread) > Math.Max(_uploadWindow ?? 0, (uint)_service.MaxUnreadItems))
            {
                Stop(StopReason.Overrun);
                return;
            }
            _requestBytes += body.Length;
            _items.Writer.TryWrite(body.ToArray());
        }
        _isUploadOver = isEnd;
        if (isEnd)
            _items.Writer.TryComplete();
    }

    public void OnGrant(uint credits) => _credit?.Add(credits);

    /// <summary>Stops the handler; the first reason counts, and none once it is done. What waits for the token runs on the pool.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _fate, (int)reason, (int)StopReason.None) != (int)StopReason.None)
            return;
        _items?.Writer.TryComplete(new OperationCanceledException(_stopping.Token));
        _credit?.Close();
        _ = _stopping.CancelAsync();
    }

    public override void OnTimeOver(ulong key) => Stop(StopReason.Deadline);

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        Activity? activity = RpcTracing.StartServer(_service.Name, Context.TraceContext, Caller);
        RpcStatus status = RpcStatus.Ok;
        ReadOnlyMemory<byte> body = default;
        Exception? failure = null;
        try
        {
            body = await HandleAsync().ConfigureAwait(false);
            _service.ThrowIfTooLong(this, body.Length);
        }
#pragma warning disable CA1031 // Whatever a handler throws becomes the answer.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            failure = cause;
            (status, body) = _service.Explain(cause);
        }
        bool isDone = Interlocked.CompareExchange(ref _fate, (int)StopReason.Done, (int)StopReason.None) == (int)StopReason.None;
        if (!isDone)
            (status, body) = _service.ExplainStop(Stopped);
        _service.Answer(this, status, body.Span, failure is null && isDone);
        RpcTracing.End(activity, failure);
        _service.Tell(this, failure, Interlocked.Read(ref _requestBytes), _responseBytes + (failure is null && isDone ? body.Length : 0));
        _service.OnEnded(this, failure is not null and not RpcApplicationException && isDone);
        // From here on nobody cancels it, so another call may have it.
        if (isDone)
            CancellationSources.Return(_stopping);
    }

    private ValueTask<ReadOnlyMemory<byte>> HandleAsync() => _service.Handler switch
    {
        { Unary: { } unary } => unary(Context, Token),
        { ClientStream: { } upload } => upload(Context, ReadItemsAsync(), Token),
        { ServerStream: { } download } => PumpAsync(download(Context, Token)),
        { Duplex: { } duplex } => PumpAsync(duplex(Context, ReadItemsAsync(), Token)),
        _ => throw new InvalidOperationException("The service has no handler."),
    };

    private async ValueTask<ReadOnlyMemory<byte>> PumpAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> answers)
    {
        IAsyncEnumerator<ReadOnlyMemory<byte>> items = answers.GetAsyncEnumerator(Token);
        await using (items.ConfigureAwait(false))
        {
            int unsent = 0;
            while (true)
            {
                // Items that are there at once leave together; before this waits for one, or for credit, they leave.
                ValueTask<bool> next = items.MoveNextAsync();
                if (!next.IsCompleted)
                    Send(ref unsent);
                if (!await next.ConfigureAwait(false))
                    break;
                ReadOnlyMemory<byte> item = items.Current;
                _service.ThrowIfTooLong(this, item.Length);
                ValueTask<bool> credit = _credit!.TryTakeAsync(Token);
                if (!credit.IsCompleted)
                    Send(ref unsent);
                if (!await credit.ConfigureAwait(false))
                    break;
                Replies.Add(_service.ItemOf(this, item.Span));
                _service.Metrics.OnChunkEmitted();
                _responseBytes += item.Length;
                unsent += item.Length + ItemOverhead;
                if (unsent < SendAtOnce)
                    continue;
                unsent = 0;
                await Replies.FlushAsync(Token).ConfigureAwait(false);
            }
        }
        return default;
    }

    private void Send(ref int unsent)
    {
        if (unsent > 0)
            Replies.Flush();
        unsent = 0;
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadItemsAsync()
    {
        while (await _items!.Reader.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (_items.Reader.TryRead(out ReadOnlyMemory<byte> item))
            {
                Interlocked.Decrement(ref _unread);
                OnTaken();
                yield return item;
            }
        }
    }

    // A caller of Net 0.27 names a window for the answers of a duplex call, and never grants any more (spec 07 §5.3).
    private static bool HonoursWindow(ServedService service, in RpcSender sender) =>
        service.Handler.Shape != ServiceShape.Duplex || sender.Peer is not { Security: SecurityLevel.Reference };

    // Credit goes back in halves of the window, in one message (spec 07 T9).
    private void OnTaken()
    {
        if (_uploadWindow is not { } window || ++_taken < Math.Max(1, window / 2))
            return;
        Replies.Post(_service.GrantOf(this, _taken));
        _taken = 0;
    }
}
