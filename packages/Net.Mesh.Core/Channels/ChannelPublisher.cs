using System.Collections.Concurrent;
using System.Threading.Channels;
using Net.Mesh.Capabilities;
using Net.Mesh.Identities;
using Net.Mesh.Node;

namespace Net.Mesh.Channels;

/// <summary>The publisher's side of channels on a node: the desk that decides, and the streams that carry.</summary>
internal sealed class ChannelPublisher(MeshContext context, IPeerFacts peers, ChannelDesk desk, ChannelOptions options)
{
    private const int PerWatcher = 1024;
    private static readonly TimeSpan ReliablePatience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<PeerChannel, StreamPort> _ports = [];
    private readonly ConcurrentDictionary<ChannelName, TokenChain> _chains = [];
    private readonly ConcurrentDictionary<ChannelName, RateLimit> _rates = [];
    private readonly ConcurrentBag<List<NodeId>> _lists = [];
    private readonly Lock _gate = new();
    private Channel<SubscriberEvent>[] _watchers = [];

    public void SetChain(ChannelName channel, TokenChain chain) => _chains[channel] = chain;

    public bool RemoveChain(ChannelName channel) => _chains.TryRemove(channel, out _);

    /// <summary>A peer wants on. Called by the thread that receives.</summary>
    public AckReason? OnSubscribe(NodeId peer, MembershipMessage message)
    {
        bool wasOn = desk.Roster.Contains(message.Channel, peer);
        AckReason? refusal = desk.Subscribe(peer, message.Channel, message.Token, message.QueueGroup);
        if (refusal is { } reason)
        {
            context.Log.Refused(peer, message.Channel, reason);
            // Looked into again only where somebody reads it: that costs as much as the decision did.
            bool isExplained = reason == AckReason.Unauthorized && Volatile.Read(ref _watchers).Length > 0;
            Raise(peer, message.Channel, SubscriberChange.Refused, reason, isExplained ? desk.Explain(peer, message.Channel, message.Token) : null);
        }
        else if (!wasOn)
        {
            context.Log.Subscribed(peer, message.Channel);
            Raise(peer, message.Channel, SubscriberChange.Joined);
        }
        return refusal;
    }

    /// <summary>A peer leaves. Called by the thread that receives.</summary>
    public void OnUnsubscribe(NodeId peer, ChannelName channel)
    {
        bool wasOn = desk.Unsubscribe(peer, channel);
        LetGo(peer, channel);
        if (!wasOn)
            return;
        context.Log.Unsubscribed(peer, channel);
        Raise(peer, channel, SubscriberChange.Left);
    }

    /// <summary>A peer is gone, and its subscriptions with it (spec 03 §4.6).</summary>
    public void OnPeerGone(NodeId peer)
    {
        foreach ((NodeId subscriber, ChannelName channel) in desk.Roster.Snapshot())
        {
            if (subscriber == peer)
                Raise(peer, channel, SubscriberChange.Left);
        }
        desk.ForgetPeer(peer);
        foreach (PeerChannel key in _ports.Keys)
        {
            if (key.Peer == peer)
                LetGo(peer, key.Channel);
        }
    }

    /// <summary>Drops who may be on no more.</summary>
    public void Sweep()
    {
        HashSet<(NodeId Peer, ChannelName Channel)> before = [.. desk.Roster.Snapshot()];
        int dropped = desk.Sweep();
        if (dropped == 0)
            return;
        context.Log.Swept(dropped);
        before.ExceptWith(desk.Roster.Snapshot());
        foreach ((NodeId peer, ChannelName channel) in before)
        {
            LetGo(peer, channel);
            Raise(peer, channel, SubscriberChange.Revoked);
        }
    }

    public async ValueTask<PublishReport> PublishAsync(ChannelName channel, IReadOnlyList<ReadOnlyMemory<byte>> payloads, PublishOptions how, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ArgumentOutOfRangeException.ThrowIfLessThan(how.MaxInFlight, 1, nameof(how));
        desk.Configs.TryGetByName(channel, out ChannelConfig? config);
        PublishGate.ThrowIfDenied(config, channel, context.Identity, config?.PublishCaps is null ? CapabilitySet.Empty : peers.CapabilitiesOf(context.NodeId), _chains.GetValueOrDefault(channel), context.Time.GetUtcNow());
        if (payloads.Count == 0)
            return PublishReport.Empty;
        ThrowIfTooFast(channel, config);
        List<NodeId> recipients = _lists.TryTake(out List<NodeId>? free) ? free : [];
        try
        {
            desk.Recipients(channel, recipients);
            if (recipients.Count == 0)
                return PublishReport.Empty;
            Reliability reliability = how.Reliability ?? (config is { Reliable: true } ? Reliability.Reliable : Reliability.FireAndForget);
            var publish = new Publish(channel, payloads, reliability, how.Patience ?? (reliability == Reliability.Reliable ? ReliablePatience : TimeSpan.Zero));
            PublishReport report = await FanOutAsync(publish, recipients, how, cancellationToken).ConfigureAwait(false);
            return report.Judge(how.OnFailure);
        }
        finally
        {
            recipients.Clear();
            _lists.Add(recipients);
        }
    }

    public IAsyncEnumerable<SubscriberEvent> WatchAsync(CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateBounded<SubscriberEvent>(new BoundedChannelOptions(PerWatcher) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        lock (_gate)
            _watchers = [.. _watchers, watcher];
        return ReadAsync(watcher, cancellationToken);
    }

    public void Complete()
    {
        foreach (Channel<SubscriberEvent> watcher in Volatile.Read(ref _watchers))
            watcher.Writer.TryComplete();
    }

    private async ValueTask<PublishReport> FanOutAsync(Publish publish, List<NodeId> recipients, PublishOptions how, CancellationToken cancellationToken)
    {
        List<PublishError>? errors = null;
        List<NodeId>? slow = null;
        int delivered = 0;
        foreach (NodeId peer in recipients)
        {
            SendStatus status = TrySend(publish, peer, out string? problem);
            bool waits = status == SendStatus.Backpressure && publish.Patience > TimeSpan.Zero;
            if (waits && how.OnFailure == OnFailure.FailFast)
                (status, problem) = await SendSlowlyAsync(publish, peer, cancellationToken).ConfigureAwait(false);
            else if (waits)
                (slow ??= []).Add(peer);
            if (status == SendStatus.Sent)
                delivered++;
            else if (!waits || how.OnFailure == OnFailure.FailFast)
                (errors ??= []).Add(new(peer, status, problem ?? Explain(status)));
            if (errors is not null && how.OnFailure == OnFailure.FailFast)
                break;
        }
        foreach (NodeId[] part in slow?.Chunk(how.MaxInFlight) ?? [])
        {
            (SendStatus Status, string? Problem)[] outcomes = await Task.WhenAll(part.Select(peer => SendSlowlyAsync(publish, peer, cancellationToken))).ConfigureAwait(false);
            for (int i = 0; i < part.Length; i++)
            {
                if (outcomes[i].Status == SendStatus.Sent)
                    delivered++;
                else
                    (errors ??= []).Add(new(part[i], outcomes[i].Status, outcomes[i].Problem ?? Explain(outcomes[i].Status)));
            }
        }
        return new(recipients.Count, delivered, errors ?? []);
    }

    private SendStatus TrySend(in Publish publish, NodeId peer, out string? problem)
    {
        problem = null;
        try
        {
            StreamPort port = PortFor(publish, peer);
            return Credit(publish.Payloads) > port.Options.WindowBytes && port.Options.WindowBytes > 0
                ? SendStatus.Backpressure // it can only go piece by piece
                : port.TrySend(publish.Payloads);
        }
        catch (MeshException cause)
        {
            problem = cause.Message;
            return SendStatus.NotConnected;
        }
    }

    // Waits for the subscriber's credit; what needs several packets goes on from the first that did not leave.
    private async Task<(SendStatus Status, string? Problem)> SendSlowlyAsync(Publish publish, NodeId peer, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(publish.Patience, context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return (await PortFor(publish, peer).SendAsync(publish.Payloads, either.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (SendStatus.Backpressure, null);
        }
        catch (MeshException cause)
        {
            return (SendStatus.NotConnected, cause.Message);
        }
    }

    private StreamPort PortFor(in Publish publish, NodeId peer)
    {
        var key = new PeerChannel(peer, publish.Channel);
        if (_ports.TryGetValue(key, out StreamPort? port) && port.IsOpen && IsEnough(port, publish.Reliability))
            return port;
        lock (_gate)
        {
            if (_ports.TryGetValue(key, out port) && port.IsOpen)
            {
                if (IsEnough(port, publish.Reliability))
                    return port;
                // What is lost of an unreliable stream is not sent again: a reliable one takes its place.
                _ = port.CloseAsync(drains: false).AsTask();
            }
            bool isReference = context.TryGetPeer(peer, out Peer? link) && link.Security == SecurityLevel.Reference;
            port = context.OpenStream(
                peer,
                Wire.StreamIds.ForChannel(publish.Channel.Hash.Value),
                new StreamOptions { Reliability = publish.Reliability, WindowBytes = isReference ? StreamOptions.Default.WindowBytes : options.WindowBytes },
                new(publish.Channel.WireHash, context.Identity.OriginHash));
            port.IsHeld = true;
            _ports[key] = port;
            return port;
        }
    }

    private static bool IsEnough(StreamPort port, Reliability wanted) => wanted == Reliability.FireAndForget || port.Options.Reliability == Reliability.Reliable;

    private void LetGo(NodeId peer, ChannelName channel)
    {
        if (_ports.TryRemove(new(peer, channel), out StreamPort? port))
            port.IsHeld = false;
    }

    private void ThrowIfTooFast(ChannelName channel, ChannelConfig? config)
    {
        if (config?.MaxRatePerSecond is not { } rate)
            return;
        RateLimit limit = _rates.GetOrAdd(channel, static (_, time) => new RateLimit(time), context.Time);
        if (!limit.TryTake(rate))
            throw new ChannelException("rate-limited", $"'{channel}' takes {rate} publishes a second. Publish less often, send several messages in one publish, or raise {nameof(ChannelConfig.MaxRatePerSecond)}.");
    }

    private void Raise(NodeId peer, ChannelName channel, SubscriberChange change, AckReason? reason = null, string? detail = null)
    {
        foreach (Channel<SubscriberEvent> watcher in Volatile.Read(ref _watchers))
            watcher.Writer.TryWrite(new(peer, channel, change, reason, context.Time.GetUtcNow()) { Detail = detail });
    }

    private async IAsyncEnumerable<SubscriberEvent> ReadAsync(Channel<SubscriberEvent> watcher, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (SubscriberEvent happened in watcher.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return happened;
        }
        finally
        {
            lock (_gate)
                _watchers = [.. _watchers.Where(other => other != watcher)];
        }
    }

    private static long Credit(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        long bytes = 0;
        for (int i = 0; i < payloads.Count; i++)
            bytes += payloads[i].Length + Wire.WireLimits.FrameHeaderBytes;
        return bytes + ((bytes / Wire.WireLimits.MaxEventBytes) + 1) * Wire.WireLimits.PacketOverheadBytes;
    }

    private static string Explain(SendStatus status) => status == SendStatus.Backpressure
        ? "stream backpressured: the subscriber does not keep up"
        : "no session";

    private readonly record struct Publish(ChannelName Channel, IReadOnlyList<ReadOnlyMemory<byte>> Payloads, Reliability Reliability, TimeSpan Patience);

    /// <summary>A second's worth of publishes, refilled as time goes by.</summary>
    private sealed class RateLimit(TimeProvider time)
    {
        private readonly Lock _taking = new();
        private double _tokens = double.MaxValue;
        private long _at = time.GetTimestamp();

        public bool TryTake(uint perSecond)
        {
            lock (_taking)
            {
                long now = time.GetTimestamp();
                _tokens = Math.Min(Math.Max(1, perSecond), _tokens + (time.GetElapsedTime(_at, now).TotalSeconds * perSecond));
                _at = now;
                if (_tokens < 1)
                    return false;
                _tokens--;
                return true;
            }
        }
    }
}
