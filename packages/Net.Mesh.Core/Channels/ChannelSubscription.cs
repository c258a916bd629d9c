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
    private static readonly StreamReadOptions Reading = new();

    private readonly ChannelSubscriber _owner;
    private readonly CancellationTokenSource _closing = new();
    private readonly AsyncSignal _changed = new();
    private StreamPort _port;
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
        StreamPort? read = null;
        bool hasBroken = false;
        ulong next = 0;
        bool isFirst = true;
        while (await NextPortAsync(read, either.Token).ConfigureAwait(false) is { } port)
        {
            var reader = new MessageReader(port, Reading, either.Token);
            isFirst |= read != port;
            read = port;
            try
            {
                while (await TryMoveAsync(reader).ConfigureAwait(false))
                {
                    StreamMessage message = reader.Current;
                    // Within a packet the sequence stays the same.
                    long missed = hasBroken ? -1 : isFirst || message.Sequence <= next ? 0 : (long)(message.Sequence - next);
                    next = message.Sequence + 1;
                    hasBroken = false;
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
            hasBroken = port.ReceiveFailure is not null;
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

    /// <summary>Leaves the channel; the publisher is told, if it can be.</summary>
    public ValueTask DisposeAsync() => _owner.LeaveAsync(this, CancellationToken.None);

    /// <summary>Goes on with a new stream where the old one has ended.</summary>
    internal void Take(StreamPort port)
    {
        if (port.State == _port.State)
            return;
        port.Claim();
        _port = port;
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

    // The stream to read: another than the last, or the last as long as something may come on it. Null when there will be none.
    private async ValueTask<StreamPort?> NextPortAsync(StreamPort? last, CancellationToken cancellationToken)
    {
        while (!IsClosed)
        {
            if (State == SubscriptionState.Rejected)
                throw _rejection!;
            StreamPort port = _port;
            if (port != last)
                return port;
            bool isCancelled = !await _changed.WaitAsync(cancellationToken).ConfigureAwait(false);
            if (isCancelled && !IsClosed)
                cancellationToken.ThrowIfCancellationRequested();
        }
        return null;
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
