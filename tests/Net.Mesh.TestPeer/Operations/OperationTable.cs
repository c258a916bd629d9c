using System.Text.Json.Nodes;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>An operation: takes its fields, gives the fields of its reply.</summary>
internal delegate Task<JsonObject?> Operation(Request request);

/// <summary>The operations by name.</summary>
internal sealed class OperationTable
{
    // Those of the contract that this node has nothing for, so that a script learns it by a word and not by a guess.
    private static readonly string[] Foreign =
    [
        "tick", "probe_reflex", "bench_rpc",
    ];

    private readonly Dictionary<string, Operation> _operations = [];

    public OperationTable(TestPeerHost host)
    {
        new NodeOperations(host).AddTo(_operations);
        new PeerOperations(host).AddTo(_operations);
        new StreamOperations(host).AddTo(_operations);
        new NetworkOperations(host).AddTo(_operations);
        new ChannelOperations(host).AddTo(_operations);
        new TokenOperations(host).AddTo(_operations);
        new CapabilityOperations(host).AddTo(_operations);
        new RpcOperations(host).AddTo(_operations);
        new RedexOperations(host.Logs).AddTo(_operations);
        new ReplicationOperations(host).AddTo(_operations);
        _operations["help"] = _ => Task.FromResult<JsonObject?>(new() { ["ops"] = Names });
    }

    private string Names => string.Join(' ', _operations.Keys.Order(StringComparer.Ordinal));

    public Task<JsonObject?> RunAsync(Request request)
    {
        if (_operations.TryGetValue(request.Operation, out Operation? operation))
            return operation(request);
        throw Foreign.Contains(request.Operation)
            ? new OperationException("not_supported", $"This node does not have {request.Operation}.")
            : new OperationException("unknown_op", $"'{request.Operation}' is no operation; known: {Names}");
    }
}
