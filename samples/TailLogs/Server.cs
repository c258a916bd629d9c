using System.Runtime.CompilerServices;
using Net.Mesh;
using Net.Mesh.Rpc;

namespace TailLogs;

/// <summary>Serves the lines of a log file as a stream, and says how far ahead of its readers it got.</summary>
internal sealed class Server(string path)
{
    private long _taken;

    public static async Task<int> RunAsync(string? given)
    {
        string path = given ?? Path.Combine(Path.GetTempPath(), $"tail-logs-{Environment.ProcessId}.log");
        using var stop = new CancellationTokenSource();
        var isBegun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task writing = given is null ? LogFile.WriteAsync(path, isBegun, stop.Token) : Task.CompletedTask;
        try
        {
            if (given is null)
                await isBegun.Task;
            await new Server(path).ServeAsync();
            await stop.CancelAsync();
            await writing;
        }
        finally
        {
            if (given is null)
                File.Delete(path);
        }
        return 0;
    }

    private async Task ServeAsync()
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Story.Key()).WithRpc().BuildAsync();
        await using ServeHandle served = node.Rpc.ServeStreaming(Story.Service, TailAsync);
        Story.Say("file", path);
        Story.Say("ticket", node.Ticket);
        using var input = new StreamReader(Console.OpenStandardInput());
        while (await input.ReadLineAsync() is { }) // until the input ends
            Story.Say("taken", Interlocked.Read(ref _taken));
    }

    // The next line is asked for when there is room for it: a slow reader holds back the reading of the file.
    private async IAsyncEnumerable<ReadOnlyMemory<byte>> TailAsync(RpcContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (ReadOnlyMemory<byte> line in LogFile.TailAsync(path, cancellationToken))
            {
                Interlocked.Increment(ref _taken);
                yield return line;
            }
        }
        finally
        {
            Story.Say("ended", cancellationToken.IsCancellationRequested ? "cancelled" : "by itself");
        }
    }
}
