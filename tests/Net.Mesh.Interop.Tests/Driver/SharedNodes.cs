using System.Collections.Concurrent;
using Net.Mesh.Interop.Tests.Driver;

[assembly: AssemblyFixture(typeof(SharedNodes))]

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>
/// Independent peers that the tests share, for Python takes its time to start. Each test comes as somebody new; those that need
/// settings, or kill, have nodes of their own.
/// </summary>
public sealed class SharedNodes : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<Implementation, TestNode> Nodes = new();
    private static readonly SemaphoreSlim Starting = new(1, 1);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (TestNode node in Nodes.Values)
            await node.DisposeAsync();
        Nodes.Clear();
    }

    internal static async Task<TestNode> GetAsync(Implementation whose)
    {
        await Starting.WaitAsync();
        try
        {
            if (!Nodes.TryGetValue(whose, out TestNode? node))
                Nodes[whose] = node = await TestNode.StartAsync(whose);
            return node;
        }
        finally
        {
            Starting.Release();
        }
    }
}
