namespace Net.Mesh.Rpc;

/// <summary>The answer to a call.</summary>
/// <param name="Body">Its bytes; the caller's to keep.</param>
/// <param name="Headers">The handler's headers.</param>
/// <param name="Latency">From the request to the answer.</param>
public readonly record struct RpcReply(ReadOnlyMemory<byte> Body, IReadOnlyList<RpcHeader> Headers, TimeSpan Latency);
