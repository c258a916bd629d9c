using Net.Mesh.Rpc;

namespace Net.Mesh;

/// <summary>Configures a node's calls.</summary>
public static class MeshNodeBuilderRpcExtensions
{
    extension(MeshNodeBuilder builder)
    {
        /// <summary>How the node calls and serves.</summary>
        public MeshNodeBuilder WithRpc(Action<RpcOptions>? configure = null)
        {
            MeshRpc rpc = builder.GetOrAddFeature(static () => new MeshRpc());
            configure?.Invoke(rpc.Options);
            return builder;
        }
    }
}
