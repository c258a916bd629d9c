using System.CommandLine;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cli.Transfers;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>stream send</c> and <c>stream recv</c>: bytes from one process to another.</summary>
internal static class StreamCommands
{
    public static Command Stream() => new Verb("stream", "Bytes from one process to another, on a reliable, encrypted stream.", """
        Standard output carries the data and nothing else: progress, summary and --json lines go to standard error.
        """) { Send(), Receive() };

    private static Verb Send()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<MeshTicket> ticket = Arguments.Ticket("the receiver's ticket, as its \"stream recv\" prints it");
        var file = new Argument<string?>("FILE") { Description = "what to send; - or nothing is standard input", Arity = ArgumentArity.ZeroOrOne };
        Option<MeshTicket?> via = Arguments.Via();
        Option<string> stream = Arguments.Stream();
        var command = new Verb("send", "Sends a file or standard input.", """
            Ends with status 0 once the receiver has confirmed everything; interrupted, it drops the stream, so that the
            receiver does not take a part for the whole.

            Examples:
              netmesh stream send netmesh:AQ… photo.jpg --psk-file mesh.psk
              tar c folder | netmesh stream send netmesh:AQ… --psk-file mesh.psk
            """) { ticket, file, via, stream };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            Output output = run.Output.BesideData();
            Stream source = Open(run.Find(file));
            await using (source.ConfigureAwait(false))
            {
                CliNode node = await arguments.Read(run).StartAsync(run.Interrupted).ConfigureAwait(false);
                await using (node.ConfigureAwait(false))
                {
                    Peer peer = await node.DialAsync(run.Value(ticket), run.Find(via), run.Interrupted).ConfigureAwait(false);
                    output.Result(PeerLines.Line(peer, "connected"), PeerLines.Text(peer, "connected"));
                    var transfer = new SendTransfer(node, peer.NodeId, run.StreamId(stream), output, run.Time);
                    await transfer.RunAsync(source, run.Interrupted).ConfigureAwait(false);
                }
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Verb Receive()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Option<string> file = Arguments.Output("where the data goes, else standard output. It is written to FILE.part and renamed when it is complete");
        var overwrites = new Option<bool>("--force", "-f") { Description = "overwrite FILE" };
        Option<MeshTicket[]> peers = Arguments.Peers("nodes to connect to, such as the relay through which the sender comes; may be repeated");
        var from = new Option<NodeId?>("--from")
        {
            Description = "take data from this node only (default: from whoever sends first)",
            HelpName = "NODE",
            CustomParser = result =>
            {
                if (NodeId.TryParse(result.Tokens[0].Value, null, out NodeId id))
                    return id;
                result.AddError($"--from is \"{result.Tokens[0].Value}\"; write a node id: 0x and 16 hexadecimal digits.");
                return null;
            },
        };
        Option<string> stream = Arguments.Stream();
        var command = new Verb("recv", "Prints a ticket to standard error, waits for one sender, and writes what it sends.", """
            Ends with status 0 when the sender has closed the stream and everything has arrived.

            Examples:
              netmesh stream recv -o photo.jpg --psk-file mesh.psk
              netmesh stream recv --psk-file mesh.psk | tar x
            """) { file, overwrites, peers, from, stream };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            Output output = run.Output.BesideData();
            string? path = run.Find<string>(file!);
            if (path is not null && File.Exists(path) && !run.Value(overwrites))
                throw CommandException.Usage($"{path} exists already; choose another name, or overwrite it with --force.");
            CliNode node = await arguments.Read(run).StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(run.Value(peers));
                output.Result(
                    new StartedLine(node.Node.NodeId.ToString(), node.Node.Identity.EntityId.ToString(), node.Node.LocalEndPoint.ToString(), node.Ticket.ToString()),
                    $"ticket {node.Ticket}");
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
                Task keeping = new PeerKeeper(node, run.Value(peers), output, run.Time).RunAsync(stop.Token);
                try
                {
                    var transfer = new ReceiveTransfer(node, run.StreamId(stream), run.FindValue(from), output, run.Time);
                    await (path is null
                        ? transfer.RunAsync(Console.OpenStandardOutput(), run.Interrupted)
                        : transfer.RunAsync(path, run.Interrupted)).ConfigureAwait(false);
                }
                finally
                {
                    await stop.CancelAsync().ConfigureAwait(false);
                    await keeping.ConfigureAwait(false);
                }
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Stream Open(string? file)
    {
        if (file is null or "-")
            return Console.OpenStandardInput();
        if (!File.Exists(file))
            throw CommandException.Usage($"{file} does not exist or is no file; name a file that does, or - for standard input.");
        return new FileStream(file, new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan | FileOptions.Asynchronous });
    }
}
