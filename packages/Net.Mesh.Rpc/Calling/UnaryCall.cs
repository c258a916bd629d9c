using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Tasks.Sources;
using Net.Mesh.Node;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc.Calling;

/// <summary>A call with one answer. It is used again when its caller has taken the answer, so a call costs next to no memory.</summary>
internal sealed class UnaryCall : PendingCall, IValueTaskSource<RpcReply>, IThreadPoolWorkItem
{
    private static readonly ConcurrentQueue<UnaryCall> Free = new();

    private readonly RpcCaller _caller;
    private ManualResetValueTaskSourceCore<RpcReply> _completion = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration _cancelling;
    private CancellationToken _cancellation;
    private Activity? _activity;
    private TimeSpan _deadline;
    private long _startedAt;
    private bool _isInline;
    private RpcReply _reply;
    private Exception? _failure;

    private UnaryCall(RpcCaller caller) => _caller = caller;

    public short Version => _completion.Version;

    public Activity? Activity => _activity;

    public int RequestBytes { get; private set; }

    public static UnaryCall Begin(RpcCaller caller, CallRoute route, TimeSpan deadline, int requestBytes, bool isInline, Activity? activity, CancellationToken cancellationToken)
    {
        if (!Free.TryDequeue(out UnaryCall? call) || call._caller != caller)
            call = new(caller);
        call.Target = route.Target;
        call.Route = route;
        call._deadline = deadline;
        call.RequestBytes = requestBytes;
        call._isInline = isInline;
        call._activity = activity;
        call._cancellation = cancellationToken;
        call._startedAt = caller.Time.GetTimestamp();
        call._completion.RunContinuationsAsynchronously = !isInline;
        return call;
    }

    /// <summary>The call is in the table; from now on it may end at any time.</summary>
    public void Watch()
    {
        ulong id = Key;
        if (_cancellation.CanBeCanceled)
            _cancelling = _cancellation.UnsafeRegister(static state => ((UnaryCall)state!).OnCancelled(), this);
        if (_deadline != Timeout.InfiniteTimeSpan && _caller.IsPending(id, this))
            _caller.Wheel.Add(this, _deadline);
    }

    /// <summary>The request leaves on this lifetime of the stream.</summary>
    public void LeavesOn(int lifetime) => Lifetime = lifetime;

    public override bool OnResponse(in ResponseFrame response)
    {
        TimeSpan latency = _caller.Time.GetElapsedTime(_startedAt);
        if (response.Status == RpcStatus.Ok.Code)
            _reply = new(response.Body.ToArray(), response.Headers, latency);
        else
            _failure = RpcCaller.Explain(this, response.Status, response.Body);
        Complete();
        return true;
    }

    public override void Fail(Exception cause)
    {
        _failure = cause;
        Complete();
    }

    public override void OnTimeOver(ulong key)
    {
        if (!_caller.TryTake(key, this))
            return;
        _caller.Cancel(Route!, key);
        Fail(new RpcTimeoutException(_caller.Time.GetElapsedTime(_startedAt), $"'{Route!.Service}' of {Target} did not answer within {_deadline}."));
    }

    private void OnCancelled()
    {
        ulong key = Key;
        if (!_caller.TryTake(key, this))
            return;
        _caller.Cancel(Route!, key);
        Fail(new OperationCanceledException(_cancellation));
    }

    private void Complete()
    {
        // Not under the locks of whoever brought the answer.
        if (!_isInline || !MeshContext.TryRunAfterBatch(this))
            ((IThreadPoolWorkItem)this).Execute();
    }

    void IThreadPoolWorkItem.Execute()
    {
        _caller.OnEnded(this, _failure, _caller.Time.GetElapsedTime(_startedAt), _reply.Body.Length);
        if (_failure is { } failure)
            _completion.SetException(failure);
        else
            _completion.SetResult(_reply);
    }

    RpcReply IValueTaskSource<RpcReply>.GetResult(short token)
    {
        try
        {
            return _completion.GetResult(token);
        }
        finally
        {
            Recycle();
        }
    }

    ValueTaskSourceStatus IValueTaskSource<RpcReply>.GetStatus(short token) => _completion.GetStatus(token);

    void IValueTaskSource<RpcReply>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);

    // Nobody holds it but a deadline that is being reported, which knows the call by its id.
    private void Recycle()
    {
        _cancelling.Dispose();
        _caller.Wheel.Remove(this);
        _cancelling = default;
        _cancellation = default;
        _activity = null;
        _reply = default;
        _failure = null;
        Route = null;
        Key = 0;
        _completion.Reset();
        if (Free.Count < 1024)
            Free.Enqueue(this);
    }
}
