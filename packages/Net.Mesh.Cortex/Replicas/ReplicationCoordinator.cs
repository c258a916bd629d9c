using Net.Mesh.Cortex.Replicas;

namespace Net.Mesh.Cortex;

/// <summary>A node's part in one replicated log, to look at and to steer. Thread-safe; of no more use once the log is closed.</summary>
public sealed class ReplicationCoordinator
{
    private readonly ReplicaRuntime _runtime;
    private IReplicaTransitionObserver? _observer;

    internal ReplicationCoordinator(ReplicaRuntime runtime) => _runtime = runtime;

    /// <summary>The channel's name.</summary>
    public ChannelName Channel => _runtime.File.Name;

    /// <summary>What messages call the channel.</summary>
    public ReplicationChannelId ChannelId => _runtime.Channel;

    /// <summary>How it is replicated.</summary>
    public ReplicationOptions Options => _runtime.Options;

    /// <summary>What this node is to the channel; idle once the log is closed.</summary>
    public ReplicaRole Role => _runtime.View.Role;

    /// <summary>The leader, also when that is this node; null when none is known.</summary>
    public NodeId? Leader => _runtime.View.Leader;

    /// <summary>The next sequence of this node's log.</summary>
    public ulong TailSeq => _runtime.File.NextSeq;

    /// <summary>The end of what outlives a fault; see <see cref="ReplicationChannelStatus"/>. It grows on the leader only.</summary>
    public ulong ReplicatedSeq => _runtime.View.Secured;

    /// <summary>The nodes that hold the channel, as this one knows.</summary>
    public IReadOnlyList<NodeId> Members => _runtime.View.Members;

    /// <summary>All of that in one.</summary>
    public ReplicationChannelStatus Status => _runtime.Status;

    /// <summary>The channel in figures.</summary>
    public ReplicationChannelMetrics Metrics => _runtime.Metrics;

    /// <summary>Who is told of changes of role; null for nobody.</summary>
    public IReplicaTransitionObserver? Observer
    {
        get => _observer;
        set
        {
            _observer = value;
            _runtime.SetObserver(value);
        }
    }

    /// <summary>
    /// Changes the role as an operator does: what is not allowed changes nothing and is told. A node of Net.Mesh starts by itself, so this is
    /// for those that do not, and for giving a role up.
    /// </summary>
    /// <param name="target">The role.</param>
    /// <param name="signal">Why; it has to fit the change.</param>
    /// <param name="cancellationToken">Looked at before anything is changed.</param>
    public ValueTask<TransitionOutcome> TransitionToAsync(ReplicaRole target, TransitionSignal signal, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new(_runtime.TransitionTo(target, signal));
    }

    /// <summary>Waits until this node has a role.</summary>
    /// <param name="role">The role.</param>
    /// <param name="timeout">How long at most, on the node's clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>False when the time is over, or the log was closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<bool> WaitForRoleAsync(ReplicaRole role, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        _runtime.WaitAsync(view => view.Role == role ? true : null, timeout, cancellationToken);

    /// <summary>Waits until a leader is known: this node or another.</summary>
    /// <param name="timeout">How long at most, on the node's clock.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The leader; null when the time is over, or the log was closed.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<NodeId?> WaitForLeaderAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        NodeId? leader = null;
        await _runtime.WaitAsync(view => (leader = view.Leader) is null ? null : true, timeout, cancellationToken).ConfigureAwait(false);
        return leader;
    }

    /// <summary>
    /// Waits, on the leader, until a majority of the members holds an event and knows that it does: then it outlives a fault. Nodes of Net 0.27
    /// do not say what they agree with and count for nothing here.
    /// </summary>
    /// <param name="seq">The event's sequence, as <see cref="RedexFile.Append(ReadOnlySpan{byte})"/> returned it.</param>
    /// <param name="timeout">How long at most, on the node's clock.</param>
    /// <param name="cancellationToken">Ends the wait; the event stays in the log.</param>
    /// <returns>False when the time is over, the event gave way to another leader's, or the log was closed. Then nobody can say.</returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public ValueTask<bool> WaitForReplicatedAsync(ulong seq, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        RedexFile file = _runtime.File;
        int rewinds = file.Rewinds;
        return _runtime.WaitAsync(view => file.KeptSince(rewinds) <= seq ? false : view.Secured > seq ? true : null, timeout, cancellationToken);
    }
}
