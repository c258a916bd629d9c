namespace Net.Mesh.Cortex.Replicas;

/// <summary>Where a channel's replication stands, as everybody may read it.</summary>
internal sealed record ReplicaView(ReplicaRole Role, NodeId? Leader, ulong Replicated, ulong Secured, IReadOnlyList<NodeId> Members, bool IsStopped)
{
    public static ReplicaView Initial { get; } = new(ReplicaRole.Idle, null, 0, 0, [], false);
}

/// <summary>Those who wait for something of a channel's replication. Thread-safe.</summary>
internal sealed class ReplicaWaits
{
    private readonly Lock _gate = new();
    private readonly List<(Func<ReplicaView, bool?> Judge, TaskCompletionSource<bool> Done)> _waiting = [];

    private ReplicaView _view = ReplicaView.Initial;

    public ReplicaView View => Volatile.Read(ref _view);

    /// <summary>Publishes how things stand; those are released whose wait has an answer.</summary>
    public void Publish(ReplicaView view)
    {
        lock (_gate)
        {
            Volatile.Write(ref _view, view);
            for (int i = _waiting.Count - 1; i >= 0; i--)
            {
                if (Answer(_waiting[i].Judge, view) is not { } answer)
                    continue;
                _waiting[i].Done.TrySetResult(answer);
                _waiting.RemoveAt(i);
            }
        }
    }

    /// <summary>Waits until a question has an answer; false when the time is over or the replication is.</summary>
    public async ValueTask<bool> WaitAsync(Func<ReplicaView, bool?> judge, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (Answer(judge, _view) is { } answer)
                return answer;
            _waiting.Add((judge, done));
        }
        try
        {
            return await done.Task.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_gate)
                _waiting.RemoveAll(waiting => waiting.Done == done);
        }
    }

    private static bool? Answer(Func<ReplicaView, bool?> judge, ReplicaView view) => judge(view) ?? (view.IsStopped ? false : null);
}
