using System.Net;
using System.Text;
using Net.Mesh.Node;

namespace Net.Mesh.Node.Tests;

/// <summary>Two real nodes on loopback, connected.</summary>
internal sealed class TwoNodes : IAsyncDisposable
{
    public static readonly byte[] Psk = [.. Enumerable.Repeat((byte)0x42, 32)];

    private TwoNodes(MeshNode a, MeshNode b, Peer toB)
    {
        A = a;
        B = b;
        ToB = toB;
    }

    public MeshNode A { get; }

    public MeshNode B { get; }

    public Peer ToB { get; }

    public static async Task<TwoNodes> ConnectedAsync(Action<MeshNodeOptions>? configure = null)
    {
        MeshNode a = await StartAsync(configure);
        MeshNode b = await StartAsync(configure);
        Peer toB = await a.Peers.ConnectAsync(b.Ticket);
        return new(a, b, toB);
    }

    public static Task<MeshNode> StartAsync(Action<MeshNodeOptions>? configure = null)
    {
        MeshNodeBuilder builder = MeshNode.CreateBuilder("127.0.0.1:0", Psk).WithHeartbeat(TimeSpan.FromMilliseconds(200)).WithSessionTimeout(TimeSpan.FromSeconds(1));
        if (configure is not null)
            builder.Configure(configure);
        return builder.BuildAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }
}
