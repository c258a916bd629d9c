using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Net.Mesh.Capabilities;
using Net.Mesh.Node;

namespace Net.Mesh.Channels;

/// <summary>
/// Every offered channel at or below a name, at every publisher among the peers: those that there are, and those that come, until it is
/// disposed. The wire knows no wildcards; a tree subscribes to each channel by its name, and takes the names from announcements
/// (<see cref="ChannelConfig.IsOffered"/>). One reader at a time; a slow one holds the publishers back.
/// </summary>
public sealed class ChannelTree : IAsyncDisposable
{
    private const int MaxUnread = 1024;

    private readonly MeshContext _context;
    private readonly CapabilityIndex _index;
    private readonly ChannelSubscriber _subscriber;
    private readonly ChannelSubscribeOptions _options;
    private readonly IndexSubscription _changes;
    private readonly CancellationTokenSource _closing = new();
    private readonly Dictionary<PeerChannel, Branch> _branches = [];
    private readonly Lock _gate = new();
    private readonly Channel<ChannelMessage> _messages = Channel.CreateBounded<ChannelMessage>(new BoundedChannelOptions(MaxUnread) { SingleReader = true });
    private readonly Task _following;

    internal ChannelTree(MeshContext context, CapabilityIndex index, ChannelSubscriber subscriber, ChannelName root, ChannelSubscribeOptions options)
    {
        _context = context;
        _index = index;
        _subscriber = subscriber;
        _options = options;
        Root = root;
        _changes = index.Subscribe();
        context.PeerChanged += OnPeerChanged;
        _following = FollowAsync();
    }

    /// <summary>The name at or below which channels are followed.</summary>
    public ChannelName Root { get; }

    /// <summary>The channels that it is on now, by publisher.</summary>
    public IReadOnlyCollection<KeyValuePair<NodeId, ChannelName>> Channels
    {
        get
        {
            lock (_gate)
                return [.. _branches.Where(static pair => pair.Value.IsOn).Select(static pair => KeyValuePair.Create(pair.Key.Peer, pair.Key.Channel))];
        }
    }

    /// <summary>
    /// The messages of all of them as they come; those of one channel of one publisher in its order. A payload is the reader's to keep.
    /// </summary>
    public IAsyncEnumerable<ChannelMessage> ReadAllAsync(CancellationToken cancellationToken = default) => _messages.Reader.ReadAllAsync(cancellationToken);

    /// <summary>Leaves all channels.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
            return;
        await _closing.CancelAsync().ConfigureAwait(false);
        _context.PeerChanged -= OnPeerChanged;
        await _following.ConfigureAwait(false);
        _changes.Dispose();
        _closing.Dispose();
    }

    private void OnPeerChanged(PeerEvent happened) => _changes.Note(happened.Peer.NodeId);

    private async Task FollowAsync()
    {
        NodeId[] changed = [.. _index.Snapshot().Select(static announcement => announcement.NodeId)];
        try
        {
            while (true)
            {
                foreach (NodeId node in changed)
                    Follow(node);
                changed = await _changes.TakeAsync(_closing.Token).ConfigureAwait(false) ?? [.. _index.Snapshot().Select(static announcement => announcement.NodeId)];
            }
        }
        catch (OperationCanceledException)
        {
            // It is disposed.
        }
        Branch[] all;
        lock (_gate)
            all = [.. _branches.Values];
        await Task.WhenAll(all.Select(static branch => branch.Reading)).ConfigureAwait(false);
        _messages.Writer.TryComplete();
    }

    // Begins with what a peer offers and is not followed yet, and leaves what it offers no more.
    private void Follow(NodeId node)
    {
        if (node == _context.NodeId)
            return;
        bool isThere = _context.TryGetPeer(node, out _) && _index.TryGet(node, out _);
        HashSet<ChannelName> offered = isThere ? [.. ChannelOffers.Under(Root, _index.CapabilitiesOf(node))] : [];
        lock (_gate)
        {
            foreach ((PeerChannel key, Branch branch) in _branches)
            {
                if (key.Peer == node && !offered.Contains(key.Channel))
                    _ = branch.Leaving.CancelAsync(); // what that wakes takes this lock
            }
            foreach (ChannelName channel in offered)
            {
                var key = new PeerChannel(node, channel);
                if (_branches.TryGetValue(key, out Branch? branch) && !branch.Leaving.IsCancellationRequested)
                    continue;
                var fresh = new Branch(CancellationTokenSource.CreateLinkedTokenSource(_closing.Token));
                _branches[key] = fresh;
                fresh.Reading = ReadAsync(key, fresh, branch?.Reading ?? Task.CompletedTask);
            }
        }
    }

    private async Task ReadAsync(PeerChannel key, Branch branch, Task before)
    {
        CancellationToken stop = branch.Leaving.Token;
        // The channel is subscribed to once: an earlier branch of it leaves first.
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            ChannelSubscription subscription = await _subscriber.SubscribeAsync(key.Peer, key.Channel, _options, stop).ConfigureAwait(false);
            await using (subscription.ConfigureAwait(false))
            {
                branch.IsOn = true;
                await foreach (ChannelMessage message in subscription.ReadAllAsync(stop).ConfigureAwait(false))
                    await _messages.Writer.WriteAsync(message with { Payload = message.Payload.ToArray() }, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The tree is disposed, or the channel is offered no more.
        }
        catch (ChannelException refused)
        {
            // What it announces next, or its return, begins again.
            _context.Log.BranchFailed(key.Channel, key.Peer, refused.Message);
        }
        finally
        {
            lock (_gate)
            {
                if (_branches.TryGetValue(key, out Branch? current) && current == branch)
                    _branches.Remove(key);
            }
            branch.Leaving.Dispose();
        }
    }

    [SuppressMessage("Design", "CA1001", Justification = "The task that reads disposes of the source when it ends.")]
    private sealed class Branch(CancellationTokenSource leaving)
    {
        public CancellationTokenSource Leaving { get; } = leaving;

        public Task Reading { get; set; } = Task.CompletedTask;

        public bool IsOn { get; set; }
    }
}
