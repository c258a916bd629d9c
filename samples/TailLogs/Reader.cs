using System.Globalization;
using System.Security.Cryptography;
using Net.Mesh;
using Net.Mesh.Rpc;

namespace TailLogs;

/// <summary>Reads the stream as far as it is told, and then no further.</summary>
internal static class Reader
{
    public static async Task<int> RunAsync(MeshTicket server, uint window)
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Story.Key()).WithRpc().BuildAsync();
        Peer peer = await node.Peers.ConnectAsync(server);
        using var input = new StreamReader(Console.OpenStandardInput());
        await using (RpcStream lines = await node.Rpc.CallStreamingAsync(peer.NodeId, Story.Service, default, new CallOptions { StreamWindow = window }))
        {
            await using IAsyncEnumerator<ReadOnlyMemory<byte>> line = lines.GetAsyncEnumerator();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            int taken = 0;
            while (await input.ReadLineAsync() is { } told && told.StartsWith("until ", StringComparison.Ordinal))
            {
                for (int until = int.Parse(told["until ".Length..], CultureInfo.InvariantCulture); taken < until; taken++)
                {
                    if (!await line.MoveNextAsync())
                        throw new InvalidOperationException("The stream has ended.");
                    hash.AppendData(line.Current.Span);
                    hash.AppendData("\n"u8);
                }
                Story.Say("read", Convert.ToHexStringLower(hash.GetCurrentHash()));
            }
        } // disposing of the stream before its end cancels the call
        Story.Say("cancelled", "");
        await input.ReadLineAsync(); // until the input ends
        return 0;
    }
}
