using Net.Mesh;
using Net.Mesh.Cortex;
using Net.Mesh.Rpc;

namespace TaskBoard;

/// <summary>Makes changes: in the log of this node while it leads, otherwise by asking the leader, whoever that is at the moment.</summary>
internal sealed class Writer(MeshNode node, TasksAdapter tasks, ReplicationCoordinator copies) : IBoardWrites
{
    private static readonly RpcStatus NotLeader = new(0x9001), NoSuchChange = new(0x9002);
    private static readonly TimeSpan ForCopies = TimeSpan.FromSeconds(2), ForAnswer = TimeSpan.FromSeconds(5), Look = TimeSpan.FromMilliseconds(50);

    /// <summary>Has a change made, and asks again until some leader did: across the death of one, too.</summary>
    public async Task<Receipt> HaveWrittenAsync(Change change, CancellationToken limit)
    {
        while (true)
        {
            try
            {
                switch (await copies.WaitForLeaderAsync(ForAnswer, limit))
                {
                    case { } self when self == node.NodeId:
                        return await WriteAsync(change, limit);
                    case { } leader:
                        return await AskAsync(leader, change, limit);
                }
            }
            catch (Exception failure) when (!limit.IsCancellationRequested && failure is MeshException or OperationCanceledException)
            {
                await Task.Delay(Look, limit); // the leader is dead, or leads no more: there will be another
            }
        }
    }

    /// <summary>As the leader: appends, and waits until a majority has it.</summary>
    public async Task<Receipt> WriteAsync(Change change, CancellationToken cancellationToken = default)
    {
        ThrowUnlessLeader();
        WriteToken written = await (change.What switch
        {
            "add" => tasks.CreateAsync(change.Id, change.Title, cancellationToken: cancellationToken),
            "done" => tasks.CompleteAsync(change.Id, cancellationToken: cancellationToken),
            "rm" => tasks.DeleteAsync(change.Id, cancellationToken),
            _ => throw new RpcApplicationException(NoSuchChange, $"There is no change '{change.What}'."),
        });
        bool isHeld = await copies.WaitForReplicatedAsync(written.Seq, ForCopies, cancellationToken);
        if (!isHeld)
            ThrowUnlessLeader(); // it may have given way to what another leader has
        return new(written.Seq, isHeld);
    }

    // A leader that is dead does not answer, and nobody waits for it longer than the others take to elect the next.
    private async Task<Receipt> AskAsync(NodeId leader, Change change, CancellationToken limit)
    {
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(limit);
        Task<Receipt> answer = node.Rpc.CreateClient<IBoardWrites>(leader, new CallOptions { Deadline = ForAnswer }).WriteAsync(change, asking.Token);
        while (!answer.IsCompleted && copies.Leader == leader)
            await Task.WhenAny(answer, Task.Delay(Look, limit));
        if (!answer.IsCompleted)
            await asking.CancelAsync();
        return await answer;
    }

    private void ThrowUnlessLeader()
    {
        if (copies.Role != ReplicaRole.Leader)
            throw new RpcApplicationException(NotLeader, $"{node.NodeId} does not lead; {copies.Leader?.ToString() ?? "nobody"} does.");
    }
}
