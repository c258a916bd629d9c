using System.Buffers;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using Net.Mesh;
using Net.Mesh.Rpc;

namespace EchoSum;

/// <summary>Asks what has an answer through the contract, and what has none with bytes; shows both and judges.</summary>
internal static class Client
{
    private static readonly (EchoSumRequest Request, long Sum)[] Questions =
    [
        (new("hello", [1, 2, 3]), 6),
        (new("", []), 0),
        (new("Grüße, 世界 🌍", [-40, 0, 42]), 2),
        (new("as much as there is", [long.MaxValue, 1]), long.MaxValue),
        (new("and as little", [long.MinValue, -1, 1]), long.MinValue + 1),
    ];

    private static readonly string[] Nonsense =
    [
        """{"numbers":[1]}""",
        """{"text":"no numbers"}""",
        """{"text":"a number is no list","numbers":7}""",
        """{"text":"half a number","numbers":[0.5]}""",
    ];

    public static async Task<int> RunAsync(MeshTicket server)
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Program.Key()).WithRpc().BuildAsync();
        Peer peer = await node.Peers.ConnectAsync(server);
        IEchoSum service = node.Rpc.CreateClient<IEchoSum>(peer.NodeId, new CallOptions { Deadline = TimeSpan.FromSeconds(10) });
        var table = new List<(bool IsRight, string What, string Seen)>();

        foreach ((EchoSumRequest request, long sum) in Questions)
        {
            EchoSumResponse response = await service.EchoSumAsync(request);
            Show(TextOf(request, EchoJson.Default.EchoSumRequest), TextOf(response, EchoJson.Default.EchoSumResponse));
            table.Add((response == new EchoSumResponse(request.Text, sum), $"\"{request.Text}\", sum of {request.Numbers.Count}", $"{response.Sum}"));
        }
        foreach (string body in Nonsense)
        {
            string answer = await AskAsync(node, peer.NodeId, body);
            Show(body, answer);
            table.Add((answer == $"{RpcStatus.TypedBadRequest}", body, answer));
        }
        return Judge(table);
    }

    // Without the contract a call is bytes; the contract could not even write these.
    private static async Task<string> AskAsync(MeshNode node, NodeId server, string body)
    {
        try
        {
            RpcReply reply = await node.Rpc.CallAsync(server, Service.Name, Encoding.UTF8.GetBytes(body));
            return Encoding.UTF8.GetString(reply.Body.Span);
        }
        catch (RpcServerException refused)
        {
            return $"{refused.Status}";
        }
    }

    // What travels, letter by letter.
    private static string TextOf<T>(T value, JsonTypeInfo<T> type)
    {
        var bytes = new ArrayBufferWriter<byte>();
        RpcCodec.Json(type).Write(value, bytes);
        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static void Show(string request, string answer)
    {
        Console.WriteLine($"request  {request}");
        Console.WriteLine($"answer   {answer}");
    }

    private static int Judge(List<(bool IsRight, string What, string Seen)> table)
    {
        Console.WriteLine();
        foreach ((bool isRight, string what, string seen) in table)
            Console.WriteLine($"{(isRight ? "ok   " : "WRONG")}  {what,-48}  {seen}");
        int right = table.Count(row => row.IsRight);
        Console.WriteLine();
        Console.WriteLine($"{right} of {table.Count} answers are right");
        return right == table.Count ? 0 : 1;
    }
}
