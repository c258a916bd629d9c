using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Streams;

namespace Net.Mesh.Channels;

/// <summary>How a subscription stands with its publisher.</summary>
public enum SubscriptionState
{
    /// <summary>The publisher has it.</summary>
    Active,

    /// <summary>The publisher is away, or may have lost it; it is asked again.</summary>
    Rejoining,

    /// <summary>The publisher let it on no more; reading throws.</summary>
    Rejected,

    /// <summary>This side has left.</summary>
    Closed,
}

/// <summary>
/// What a publisher sends on a channel, until it is disposed. It outlives lost connections and restarts of the publisher: it subscribes
/// again by itself, and the first message after that says that there was a gap. One reader at a time; a slow one holds the publisher
/// back, or loses messages that are not sent reliably. Dispose it to unsubscribe.
/// </summary>
[SuppressMessage("Reliability", "CA2213", Justification = "Neither source holds anything once cancelled.")]
public sealed class ChannelSubscription : IAsyncDisposable
{
    private const int MaxEarlier = 4;
    private static readonly StreamReadOptions Reading = new();

    private readonly ChannelSubscriber _owner;
    private readonly CancellationTokenSource _closing = new();
    private readonly AsyncSignal _changed = new();
    private readonly Lock _gate = new();
    private readonly Queue<StreamPort> _earlier = [];
    private StreamPort _port;
    private StreamPort? _read;
    private StreamPort? _finished;
    private ulong _next;
    private bool _hasBroken;
    private ChannelRejectedException? _rejection;
    private long _received;
    private long _gaps;

    internal ChannelSubscription(ChannelSubscriber owner, NodeId publisher, ChannelName channel, ChannelSubscribeOptions options, StreamPort port)
    {
        _owner = owner;
        Publisher = publisher;
        Channel = channel;
        Options = options;
        _port = port;
        port.Claim();
    }

    /// <summary>Who publishes.</summary>
    public NodeId Publisher { get; }

    /// <summary>The channel.</summary>
    public ChannelName Channel { get; }

    /// <summary>The group whose members share the messages; null when all of them arrive here.</summary>
    public string? QueueGroup => Options.QueueGroup;

    /// <summary>How it stands with the publisher.</summary>
    public SubscriptionState State { get; private set; } = SubscriptionState.Rejoining;

    /// <summary>Messages read so far.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>How often something was lost between two messages.</summary>
    public long Gaps => Volatile.Read(ref _gaps);

    internal ChannelSubscribeOptions Options { get; }

    internal bool IsEnded => _port.HasReceiveEnded;

    internal bool IsClosed => _closing.IsCancellationRequested;

    internal SemaphoreSlim Joining { get; } = new(1, 1);

    /// <summary>The messages as they come, until the subscription is disposed.</summary>
    /// <exception cref="ChannelRejectedException">The publisher lets it on no more.</exception>
    public async IAsyncEnumerable<ChannelMessage> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token, cancellationToken);
        while (await NextPortAsync(either.Token).ConfigureAwait(false) is { } port)
        {
            var reader = new MessageReader(port, Reading, either.Token);
            bool isFirst = _read != port;
            _read = port;
            try
            {
                while (await TryMoveAsync(reader).ConfigureAwait(false))
                {
                    StreamMessage message = reader.Current;
                    // Within a packet the sequence stays the same.
                    long missed = _hasBroken ? -1 : isFirst || message.Sequence <= _next ? 0 : (long)(message.Sequence - _next);
                    _next = message.Sequence + 1;
                    _hasBroken = false;
                    isFirst = false;
                    _received++;
                    if (missed != 0)
                        _gaps++;
                    yield return new(Publisher, Channel, message.Payload, reader.CurrentOrigin, message.Sequence, message.Index, missed);
                }
            }
            finally
            {
                await reader.DisposeAsync().ConfigureAwait(false);
            }
            if (IsClosed)
                yield break;
            cancellationToken.ThrowIfCancellationRequested();
            if (Leave(port))
                _owner.Rejoin(this);
        }
    }

    /// <summary>The messages as values, read as JSON.</summary>
    /// <exception cref="ChannelRejectedException">The publisher lets it on no more.</exception>
    /// <exception cref="JsonException">A message is no such value.</exception>
    public async IAsyncEnumerable<T> ReadAllAsync<T>(JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(type);
        await foreach (ChannelMessage message in ReadAllAsync(cancellationToken).ConfigureAwait(false))
            yield return JsonSerializer.Deserialize(message.Payload.Span, type)!;
    }

    /// <summary>Leaves the channel. The publisher is told in the background; <see cref="MeshChannels.UnsubscribeAsync"/> waits for its answer.</summary>
    public ValueTask DisposeAsync() => _owner.LeaveAsync(this);

    /// <summary>Goes on with a new stream where the old one has ended.</summary>
    internal void Take(StreamPort port)
    {
        if (port.State == _port.State)
            return;
        port.Claim();
        lock (_gate)
        {
            // What is still to be read of the broken one is read first.
            _earlier.Enqueue(_port);
            if (_earlier.Count > MaxEarlier)
                _hasBroken |= _earlier.Dequeue() is not null;
            _port = port;
        }
        _changed.Set();
    }

    internal void Become(SubscriptionState state)
    {
        State = state;
        _changed.Set();
    }

    internal void Reject(ChannelRejectedException rejection)
    {
        _rejection = rejection;
        Become(SubscriptionState.Rejected);
    }

    internal async Task CloseAsync()
    {
        Become(SubscriptionState.Closed);
        _port.Unclaim();
        await _closing.CancelAsync().ConfigureAwait(false);
    }

    // The stream to read; null when there will be none.
    private async ValueTask<StreamPort?> NextPortAsync(CancellationToken cancellationToken)
    {
        while (!IsClosed)
        {
            if (State == SubscriptionState.Rejected)
                throw _rejection!;
            if (Unread() is { } port)
                return port;
            bool isCancelled = !await _changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (isCancelled && !IsClosed)
                cancellationToken.ThrowIfCancellationRequested();
        }
        return null;
    }

    private StreamPort? Unread()
    {
        lock (_gate)
            return _earlier.TryPeek(out StreamPort? earlier) ? earlier : _finished == _port ? null : _port;
    }

    // A stream has been read to its end; true when there is no other yet.
    private bool Leave(StreamPort port)
    {
        lock (_gate)
        {
            _hasBroken |= port.ReceiveFailure is not null;
            if (!_earlier.TryPeek(out StreamPort? earlier) || earlier != port)
            {
                _finished = port;
                return port == _port;
            }
            _earlier.Dequeue();
            return false;
        }
    }

    private static async ValueTask<bool> TryMoveAsync(MessageReader reader)
    {
        try
        {
            return await reader.MoveNextAsync().ConfigureAwait(false);
        }
        catch (StreamException)
        {
            return false; // the stream broke: another follows
        }
        catch (OperationCanceledException)
        {
            return false; // the caller looks at who cancelled
        }
    }
}
