using System.CommandLine;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Calls;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>rpc serve</c>: answers calls with the request, or with what a program says to it.</summary>
internal static class RpcServeCommand
{
    public static Verb Serve()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 5);
        Argument<string> service = RpcArguments.Service();
        var echoes = new Option<bool>("--echo") { Description = "answer with the request; so it is without --exec" };
        var exec = new Option<string?>("--exec") { Description = "run this program for each call, with the request on its standard input and in place of {}; its standard output is the answer", HelpName = "COMMAND" };
        var streams = new Option<bool>("--stream") { Description = "answer with a stream, a line an item, as the lines come" };
        Option<int> atOnce = Arguments.Number("--at-once", "how many calls are worked on at once; more are refused", 64, 1, 4096);
        Option<double> interval = Arguments.Seconds("--interval", "how often the calls are counted, if there were more", 10, 0.1, 3600);
        Option<MeshTicket[]> via = CapCommands.Via("nodes to join the mesh at; may be repeated, else NETMESH_VIA. Without one, others dial this node");
        var command = new Verb("serve", "Serves a service until Ctrl+C: echoes, or runs a program for each call.", """
            It prints the ticket for "rpc call --to", and announces the service, so that "rpc call --via" finds it. No shell reads
            COMMAND: it is words between spaces, with '…' or "…" around what belongs together. A program that ends with another
            status than 0 fails the call (0x8001); with {} a request has to be text, and where {} begins a word it must not begin
            with '-' (0x8000). When a call is cancelled its program is killed. Any node of the mesh may call.

            Examples:
              netmesh rpc serve echo --psk-file mesh.psk --key node.key
              netmesh rpc serve upper --exec "tr a-z A-Z" --psk-file mesh.psk
              netmesh rpc serve look --exec "grep -n -- {} /usr/share/dict/words" --stream --psk-file mesh.psk
            """) { service, echoes, exec, streams, atOnce, interval, via };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            if (run.Value(echoes) && run.Find(exec) is not null)
                throw CommandException.Usage("--echo and --exec are both given; a service answers in one way.");
            ProgramRunner? program = run.Find(exec) is { } text ? ReadProgram(text) : null;
            IReadOnlyList<MeshTicket> joined = CapCommands.Joined(run, via);
            CliNode node = await RpcArguments.StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(joined);
                MeshNode mesh = node.Node;
                var calls = new ServedCalls(run.Value(service), run.Output);
                ServeHandle served = Begin(mesh.Rpc, run.Value(service), program, run.Value(streams), calls, run.Value(atOnce));
                await mesh.Capabilities.AnnounceAsync(CapabilitySet.Empty.WithMetadata(ServiceNodes.TicketKey, node.Ticket.ToString()), cancellationToken: run.Interrupted).ConfigureAwait(false);
                run.Output.Result(
                    new StartedLine(mesh.NodeId.ToString(), mesh.Identity.EntityId.ToString(), mesh.LocalEndPoint.ToString(), node.Ticket.ToString()),
                    $"node   {mesh.NodeId} on {mesh.LocalEndPoint}, serves {served.Service}\nticket {node.Ticket}");
                await Task.WhenAll(
                    new PeerKeeper(node, joined, run.Output, run.Time).RunAsync(run.Interrupted),
                    new NodeReport(node, run.Output, Timeout.InfiniteTimeSpan, run.Time).ReportPeersAsync(run.Interrupted),
                    calls.ReportAsync(run.Seconds(interval), run.Time, run.Interrupted)).ConfigureAwait(false);
                // The node ends the calls that run, however long they would take.
                await node.DisposeAsync().ConfigureAwait(false);
                calls.Report();
            }
            return ExitCode.Success; // a signal is how a service ends
        });
        return command;
    }

    private static ServeHandle Begin(MeshRpc rpc, string service, ProgramRunner? program, bool streams, ServedCalls calls, int atOnce)
    {
        var options = new ServeOptions { MaxConcurrency = atOnce };
        if (streams)
            return rpc.ServeStreaming(service, calls.Count(program is null ? static (context, stop) => ByteLines.ReadAsync(new MemoryStream(context.Payload.ToArray()), stop) : (ServerStreamHandler)program.StreamAsync), options);
        return rpc.Serve(service, calls.Count(program is null ? static (context, _) => new(context.Payload) : (UnaryHandler)program.AnswerAsync), options);
    }

    private static ProgramRunner ReadProgram(string text)
    {
        if (CommandWords.Split(text) is not { } words)
            throw CommandException.Usage($"--exec is \"{text}\"; write a program and its arguments, with '…' or \"…\" closed.");
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator);
        bool isThere = words[0].Contains(System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? File.Exists(words[0])
            : folders.Any(folder => File.Exists(System.IO.Path.Combine(folder, words[0])));
        return isThere ? new(words[0], words[1..]) : throw CommandException.Usage($"--exec names the program \"{words[0]}\", which is not there; give its path.");
    }
}
