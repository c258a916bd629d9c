namespace Net.Mesh.Rpc;

/// <summary>Is told of calls that are over: for audit trails and dashboards (spec 07 §12).</summary>
public interface IRpcObserver
{
    /// <summary>
    /// A call is over. One at a time, off the threads that receive; what comes while 1,024 wait is dropped and counted. What it throws is
    /// logged, and the next call is told all the same.
    /// </summary>
    void OnCall(in RpcCallEvent ended);
}
