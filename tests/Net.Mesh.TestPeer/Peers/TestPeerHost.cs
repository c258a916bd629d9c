using System.Text.Json.Nodes;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Peers;

/// <summary>The node that the lines steer, if there is one. Thread-safe.</summary>
public sealed class TestPeerHost(Action<JsonObject> onEvent)
{
    private readonly Lock _gate = new();
    private RunningNode? _current;

    /// <summary>The logs, which outlive the node.</summary>
    internal LogStores Logs { get; } = new();

    /// <summary>The node.</summary>
    /// <exception cref="OperationException">There is none.</exception>
    internal RunningNode Current
    {
        get
        {
            lock (_gate)
                return _current ?? throw new OperationException("not_listening", "Listen first.");
        }
    }

    /// <summary>Starts the node.</summary>
    internal async Task<RunningNode> OpenAsync(NodePlan plan)
    {
        lock (_gate)
        {
            if (_current is not null)
                throw new OperationException("invalid", "Listening already; close first.");
        }
        RunningNode node = await RunningNode.StartAsync(plan, onEvent);
        lock (_gate)
            _current = node;
        return node;
    }

    /// <summary>Ends the node, if there is one.</summary>
    /// <param name="drains">Whether its streams may finish first.</param>
    public async Task CloseAsync(bool drains)
    {
        RunningNode? node;
        lock (_gate)
        {
            node = _current;
            _current = null;
        }
        if (node is not null)
            await node.StopAsync(drains);
    }
}
