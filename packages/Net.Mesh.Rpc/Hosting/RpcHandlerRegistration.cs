namespace Net.Mesh.Rpc.Hosting;

/// <summary>A handler among an application's services, served when the node starts. Contracts register themselves the same way.</summary>
/// <param name="Serve">Serves it; the host's node serves until it stops.</param>
internal sealed record RpcHandlerRegistration(Func<MeshRpc, ServeHandle> Serve);
