using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cli.Transfers;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>bench</c>: what the mesh does between two ends.</summary>
internal static class BenchCommand
{
    public static Command Bench()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<MeshTicket?> ticket = new("TICKET")
        {
            Description = "the far end's ticket, as \"bench --listen\" prints it",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => Arguments.ParseTicket(result),
        };
        var listens = new Option<bool>("--listen") { Description = "be the far end: print a ticket, answer and read until Ctrl+C" };
        var isLocal = new Option<bool>("--local") { Description = "both ends in this process, over UDP on loopback; needs no key and no peer" };
        Option<MeshTicket?> via = Arguments.Via();
        Option<int> size = Arguments.Number("--size", "bytes of a message", 1024, 1, 8000);
        Option<int> count = Arguments.Number("--count", "round trips", 1000, 1, 1_000_000);
        Option<double> seconds = Arguments.Seconds("--seconds", "how long to send", 3, 0.1, 3600);
        var command = new Verb("bench", "Measures round trips and the throughput of one reliable stream between this process and a peer.", """
            Examples:
              netmesh bench --listen --psk-file mesh.psk              # there
              netmesh bench netmesh:AQ… --psk-file mesh.psk           # here
              netmesh bench --local --size 64
            """) { ticket, listens, isLocal, via, size, count, seconds };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            int ends = (run.Find(ticket) is null ? 0 : 1) + (run.Value(listens) ? 1 : 0) + (run.Value(isLocal) ? 1 : 0);
            if (ends != 1)
                throw CommandException.Usage("bench takes one of TICKET, --listen and --local; see netmesh bench --help.");
            NodeSettings settings = arguments.Read(run);
            var bench = new Transfers.Bench(run.Output, run.Time);
            if (run.Value(listens))
            {
                await ListenAsync(run, settings, bench).ConfigureAwait(false);
                return ExitCode.Success;
            }
            byte[] localKey = RandomNumberGenerator.GetBytes(32);
            NodeSettings loopback = settings with { Bind = new(IPAddress.Loopback, 0), Advertised = [], KeyFile = null };
            CliNode? far = run.Value(isLocal) ? await loopback.StartAsync(localKey, run.Interrupted).ConfigureAwait(false) : null;
            using var served = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
            Task serving = far is null ? Task.CompletedTask : new Transfers.Bench(run.Output.Silent(), run.Time).ServeAsync(far, served.Token);
            try
            {
                CliNode node = await (far is null ? settings.StartAsync(run.Interrupted) : loopback.StartAsync(localKey, run.Interrupted)).ConfigureAwait(false);
                await using (node.ConfigureAwait(false))
                {
                    Peer peer = await node.DialAsync(far?.Ticket ?? run.Find(ticket)!, run.Find(via), run.Interrupted).ConfigureAwait(false);
                    run.Output.Note(PeerLines.Text(peer, "connected"));
                    await bench.MeasureLatencyAsync(node, peer, run.Value(count), Math.Min(run.Value(size), Echo.MaxBytes), run.Interrupted).ConfigureAwait(false);
                    await bench.MeasureThroughputAsync(node, peer, run.Value(size), run.Seconds(seconds), run.Interrupted).ConfigureAwait(false);
                }
            }
            finally
            {
                await served.CancelAsync().ConfigureAwait(false);
                await serving.ConfigureAwait(false);
                if (far is not null)
                    await far.DisposeAsync().ConfigureAwait(false);
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task ListenAsync(Run run, NodeSettings settings, Transfers.Bench bench)
    {
        CliNode node = await settings.StartAsync(run.Interrupted).ConfigureAwait(false);
        await using (node.ConfigureAwait(false))
        {
            run.Output.Result(
                new StartedLine(node.Node.NodeId.ToString(), node.Node.Identity.EntityId.ToString(), node.Node.LocalEndPoint.ToString(), node.Ticket.ToString()),
                $"ticket {node.Ticket}");
            await bench.ServeAsync(node, run.Interrupted).ConfigureAwait(false);
        }
    }
}
