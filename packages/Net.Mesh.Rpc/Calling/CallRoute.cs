using System.Text;
using Net.Mesh.Rpc.Transport;

namespace Net.Mesh.Rpc.Calling;

/// <summary>How a service of a node is called: the names and the channel there, and whether the node has said that it answers (spec 07 §7.1).</summary>
internal sealed class CallRoute(NodeId target, string service, Outbox requests, ServiceMetrics metrics)
{
    public NodeId Target { get; } = target;

    public string Service { get; } = service;

    public byte[] ServiceBytes { get; } = Encoding.UTF8.GetBytes(service);

    public Outbox Requests { get; } = requests;

    public ServiceMetrics Metrics { get; } = metrics;

    /// <summary>One who subscribes at a time.</summary>
    public SemaphoreSlim Subscribing { get; } = new(1, 1);

    /// <summary>The session in which the node agreed to answer; another one has to be asked again.</summary>
    public ulong? AgreedSession { get; set; }
}
