using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Net.Mesh;

namespace EventPipe;

/// <summary>What the other processes of a mesh run do.</summary>
internal static class MeshRole
{
    public static async Task<int> RunAsync(string[] role, TimeProvider timeProvider)
    {
        // Ctrl+C reaches every process of the terminal; these end when the first one has finished with them.
        using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => signal.Cancel = true);
        string key = Environment.GetEnvironmentVariable(MeshProcess.KeyVariable) ?? "";
        if (key.Length != 64)
            return ExitCode.Usage; // started by hand
        try
        {
            await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Convert.FromHexString(key)).BuildAsync();
            switch (role)
            {
                case [MeshProcess.Relay]:
                    await RelayAsync(node);
                    return ExitCode.Success;
                case [MeshProcess.Sink, var relay]:
                    await ConsumeAsync(node, MeshTicket.Parse(relay), timeProvider);
                    return ExitCode.Success;
                default:
                    return ExitCode.Usage;
            }
        }
        catch (MeshException e)
        {
            Console.Error.WriteLine($"EventPipe ({role[0]}): {e.Message}");
            return ExitCode.Failure;
        }
    }

    // A relay has nothing to do: forwarding is what nodes do.
    private static async Task RelayAsync(MeshNode node)
    {
        Console.WriteLine($"ticket {node.Ticket}");
        await Task.Run(Console.In.ReadToEnd);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"forwarded {node.Statistics.PacketsForwarded}"));
    }

    private static async Task ConsumeAsync(MeshNode node, MeshTicket relay, TimeProvider timeProvider)
    {
        await node.Peers.ConnectAsync(relay);
        // The process that started this one may die: then there is nothing left to read.
        var orphaned = new CancellationTokenSource(); // not disposed of: the wait below may outlive this method
        _ = Task.Run(() =>
        {
            Console.In.ReadToEnd(); // standard input has no reading that does not block
            orphaned.Cancel();
        });
        Task<Peer> joined = JoinedAsync(node, relay.NodeId, orphaned.Token);
        Console.WriteLine($"ticket {new MeshTicket(node.Identity.EntityId, node.PublicKey, [])}"); // no address: the relay is the only way
        Peer source = await joined;

        var tally = new Tally();
        using var digest = new EventDigest();
        long unreadable = 0;
        string? failure = null;
        long consumed = 0;
        using var timer = new Timer(_ => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"consumed {Volatile.Read(ref consumed)}")), null, 100, 100);
        try
        {
            await foreach (StreamMessage message in node.Streams.Open(source.NodeId, MeshPipe.EventStreamId).ReadAllAsync(orphaned.Token))
            {
                if (message.Payload.IsEmpty)
                    continue; // nothing was sent at all
                digest.Add(message.Payload.Span);
                if (JsonSerializer.Deserialize(message.Payload.Span, AccessJson.Default.AccessEntry) is { } entry)
                    tally.Add(entry);
                else
                    unreadable++;
                Volatile.Write(ref consumed, consumed + 1);
            }
        }
        catch (StreamException e)
        {
            failure = e.Message;
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await timer.DisposeAsync();
        var report = new SinkReport(digest.ToDigest(), unreadable, tally.ToReport(), failure);
        Console.WriteLine($"report {JsonSerializer.Serialize(report, AccessJson.Default.SinkReport)}");
    }

    private static async Task<Peer> JoinedAsync(MeshNode node, NodeId except, CancellationToken stop)
    {
        await foreach (PeerEvent change in node.Peers.WatchAsync(stop))
        {
            if (change.Change == PeerChange.Joined && change.Peer.NodeId != except)
                return change.Peer;
        }
        throw new OperationCanceledException(stop);
    }
}
