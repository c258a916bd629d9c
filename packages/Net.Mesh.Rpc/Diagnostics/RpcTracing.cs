using System.Diagnostics;
using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc;

/// <summary>The place of a call in a trace: spans of the client and of the server, linked by the W3C headers (spec 07 §9.3).</summary>
internal static class RpcTracing
{
    public static readonly ActivitySource Source = new("Net.Mesh.Rpc");

    public static Activity? StartClient(string service, NodeId target)
    {
        if (!Source.HasListeners())
            return null;
        Activity? before = Activity.Current;
        Activity? activity = Source.StartActivity($"nrpc {service}", ActivityKind.Client);
        Activity.Current = before; // the caller goes on in its own span
        activity?.SetTag("rpc.system", "nrpc").SetTag("rpc.service", service).SetTag("netmesh.peer", target.ToString());
        return activity;
    }

    public static Activity? StartServer(string service, in RpcTraceContext? trace, NodeId caller)
    {
        if (!Source.HasListeners())
            return null;
        ActivityContext parent = default;
        bool isLinked = trace is { } given && ActivityContext.TryParse(given.TraceParent, given.TraceState, isRemote: true, out parent);
        Activity? activity = Source.StartActivity($"nrpc {service}", ActivityKind.Server, isLinked ? parent : default);
        activity?.SetTag("rpc.system", "nrpc").SetTag("rpc.service", service).SetTag("netmesh.peer", caller.ToString());
        return activity;
    }

    public static void End(Activity? activity, Exception? failure)
    {
        if (activity is null)
            return;
        if (failure is not null)
            activity.SetStatus(ActivityStatusCode.Error, failure is RpcException { Kind: var kind } ? kind : "cancelled");
        Activity? current = Activity.Current; // of whichever thread brought the end
        activity.Dispose();
        if (current != activity)
            Activity.Current = current;
    }

    /// <summary>The headers of a call, those of its trace first, and the flag that says that they are there.</summary>
    public static (RpcFlags Flags, IReadOnlyList<RpcHeader> Headers) Stamp(CallOptions how, Activity? activity)
    {
        Activity? current = activity ?? Activity.Current;
        RpcTraceContext? trace = how.TraceContext ?? (current is { IdFormat: ActivityIdFormat.W3C, Id: { } id } ? new(id, current.TraceStateString ?? "") : null);
        if (trace is not { } given)
            return (RpcFlags.None, how.Headers);
        var headers = new List<RpcHeader>(how.Headers.Count + 2) { new(RpcHeaderNames.TraceParent, given.TraceParent) };
        if (!string.IsNullOrEmpty(given.TraceState))
            headers.Add(new(RpcHeaderNames.TraceState, given.TraceState));
        headers.AddRange(how.Headers);
        return (RpcFlags.PropagateTrace, headers);
    }
}
