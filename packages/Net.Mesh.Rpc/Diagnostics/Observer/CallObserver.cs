using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Net.Mesh.Rpc;

/// <summary>Hands calls that are over to the application's observer, through a bounded queue, so that no user code holds up a call. Thread-safe.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "An observer is what the chapter calls it.")]
internal sealed class CallObserver
{
    private const int QueueCapacity = 1024;

    private Queue? _queue;
    private long _dropped;

    /// <summary>Whether anybody is told; without, an event is not even made.</summary>
    public bool IsOn => Volatile.Read(ref _queue) is not null;

    /// <summary>Events that came while the queue was full.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public ILogger Log { get; set; } = NullLogger.Instance;

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Puts an observer in the place of another; that one is still told what waits for it.</summary>
    public void Set(IRpcObserver? observer) => Interlocked.Exchange(ref _queue, observer is null ? null : new Queue(observer, this))?.Complete();

    /// <summary>A call is over.</summary>
    public void Tell(NodeId caller, NodeId callee, string service, TimeSpan latency, in RpcCallStatus status, long requestBytes, long responseBytes, RpcCallDirection direction)
    {
        if (Volatile.Read(ref _queue) is not { } queue)
            return;
        var happened = new RpcCallEvent(
            caller, callee, service, Clamp((long)latency.TotalMilliseconds), status, Clamp(requestBytes), Clamp(responseBytes), direction,
            (ulong)Math.Max(0, Time.GetUtcNow().ToUnixTimeMilliseconds()));
        if (!queue.TryAdd(happened))
            Interlocked.Increment(ref _dropped);
    }

    /// <summary>Tells what waits, for so long at most, and nothing after that.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        if (Interlocked.Exchange(ref _queue, null) is not { } queue)
            return;
        queue.Complete();
        await Task.WhenAny(queue.Completion, Task.Delay(patience, Time)).ConfigureAwait(false);
    }

    private static uint Clamp(long value) => (uint)Math.Clamp(value, 0, uint.MaxValue);

    private sealed class Queue
    {
        private readonly Channel<RpcCallEvent> _events = Channel.CreateBounded<RpcCallEvent>(new BoundedChannelOptions(QueueCapacity) { SingleReader = true });
        private readonly IRpcObserver _observer;
        private readonly CallObserver _owner;
        private bool _hasFailed;

        public Queue(IRpcObserver observer, CallObserver owner)
        {
            _observer = observer;
            _owner = owner;
            Completion = Task.Run(PumpAsync);
        }

        public Task Completion { get; }

        public bool TryAdd(in RpcCallEvent happened) => _events.Writer.TryWrite(happened);

        public void Complete() => _events.Writer.TryComplete();

        private async Task PumpAsync()
        {
            await foreach (RpcCallEvent happened in _events.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                try
                {
                    _observer.OnCall(happened);
                }
#pragma warning disable CA1031 // An observer that fails is the application's affair; calls go on.
                catch (Exception cause)
#pragma warning restore CA1031
                {
                    if (!_hasFailed)
                        RpcLog.ObserverFailed(_owner.Log, _observer.GetType(), cause);
                    _hasFailed = true;
                }
            }
        }
    }
}
