using System.Runtime.CompilerServices;
using Net.Mesh.Rpc.Calling;
using Net.Mesh.Rpc.Discovery;
using Polly;

namespace Net.Mesh.Rpc.Resilience;

/// <summary>Calls with a policy: retries on the outside, each attempt a race of one or more calls. Thread-safe.</summary>
internal sealed class ResilientCaller(RpcCaller caller, ServiceDirectory directory)
{
    // A pipeline costs more than a call, and policies are few.
    private readonly ConditionalWeakTable<RetryPolicy, ResiliencePipeline<RpcReply>> _retries = [];

    /// <summary>Calls one node; hedges ask the same node again.</summary>
    public ValueTask<RpcReply> CallAsync(NodeId target, string service, ReadOnlyMemory<byte> body, CallOptions how, CancellationToken cancellationToken)
    {
        NodeId[] targets = [.. Enumerable.Repeat(target, ParallelOf(how))];
        return RunAsync(service, body, how, () => targets, cancellationToken);
    }

    /// <summary>Calls whoever serves it, resolved for each attempt: first the node whose turn it is, then those after it.</summary>
    public ValueTask<RpcReply> CallServiceAsync(string service, ReadOnlyMemory<byte> body, CallOptions how, CancellationToken cancellationToken) =>
        RunAsync(service, body, how, () => NextNodes(service, how), cancellationToken);

    /// <summary>Races some nodes.</summary>
    public ValueTask<RpcReply> CallAnyAsync(IReadOnlyList<NodeId> targets, string service, ReadOnlyMemory<byte> body, CallOptions how, CancellationToken cancellationToken) =>
        RunAsync(service, body, how, () => targets, cancellationToken);

    /// <summary>Races those that announced the service, from the lowest on; nothing else is asked of them (spec 07 §10.2).</summary>
    public ValueTask<RpcReply> CallAnyOfServiceAsync(string service, ReadOnlyMemory<byte> body, CallOptions how, CancellationToken cancellationToken) =>
        RunAsync(service, body, how, () => directory.Find(service), cancellationToken);

    private async ValueTask<RpcReply> RunAsync(string service, ReadOnlyMemory<byte> body, CallOptions how, Func<IReadOnlyList<NodeId>> resolve, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TimeSpan deadline = caller.DeadlineOf(how);
        var budget = new CallBudget(caller.Time, deadline);
        CallOptions once = how with { Retry = null, Hedge = null, DeadlineOnTheWire = caller.OnTheWire(deadline) };
        if (how.Retry is not { MaxAttempts: > 1 } retry)
            return await OnceAsync(cancellationToken).ConfigureAwait(false);
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, cancellationToken);
        context.Properties.Set(CallBudget.Key, budget);
        try
        {
            return await PipelineOf(retry).ExecuteAsync(context => OnceAsync(context.CancellationToken), context).ConfigureAwait(false);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }

        async ValueTask<RpcReply> OnceAsync(CancellationToken token)
        {
            IReadOnlyList<NodeId> targets = resolve();
            if (targets.Count == 0)
                throw new RpcNoRouteException(default, $"There is no node to call '{service}' at.");
            int count = Math.Min(ParallelOf(how), targets.Count);
            return count == 1
                ? await CallOneAsync(targets[0], token).ConfigureAwait(false)
                : await Race.RunAsync(count, how.Hedge!.Delay, caller.Time, (index, ending) => CallOneAsync(targets[index], ending), token).ConfigureAwait(false);
        }

        ValueTask<RpcReply> CallOneAsync(NodeId target, CancellationToken token) =>
            caller.CallAsync(target, service, body, once with { Deadline = budget.LeftFor(service) }, token);
    }

    private NodeId[] NextNodes(string service, CallOptions how)
    {
        List<NodeId> candidates = directory.Candidates(service, how);
        int first = directory.Choose(service, candidates, how.Routing);
        int count = Math.Min(ParallelOf(how), candidates.Count);
        return [.. Enumerable.Range(0, count).Select(i => candidates[(first + i) % candidates.Count])];
    }

    private ResiliencePipeline<RpcReply> PipelineOf(RetryPolicy policy) => _retries.GetValue(
        policy,
        policy => new ResiliencePipelineBuilder<RpcReply> { TimeProvider = caller.Time }.AddRpcRetry(policy).Build());

    private static int ParallelOf(CallOptions how) => how.Hedge?.MaxParallel ?? 1;
}
