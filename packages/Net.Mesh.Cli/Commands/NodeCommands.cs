using System.CommandLine;
using System.Net;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Crypto;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>node run</c> and <c>node ticket</c>.</summary>
internal static class NodeCommands
{
    public static Command Node() => new("node", "Run a node, and make the ticket it is dialled with.") { RunNode(), Ticket() };

    private static Verb RunNode()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 5);
        Option<MeshTicket[]> peers = Arguments.Peers("nodes to connect to, and to connect to again when they were away; may be repeated");
        Option<double> interval = Arguments.Seconds("--interval", "how often traffic is reported, where the output is no terminal", 10, 0.1, 3600);
        var command = new Verb("run", "Runs a node until Ctrl+C: peers connect to it, and it forwards for others.", """
            A terminal shows peers, routes and traffic live; elsewhere each change is a line, with --json an object. The
            ticket, which it prints first, is for others to dial it. Stopping drains streams and tells the peers.

            Example:
              netmesh node run --bind 0.0.0.0:9000 --key node.key --psk-file mesh.psk
            """) { peers, interval };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            long began = run.Time.GetTimestamp();
            // A node that takes no part in announcements does not pass them on either, and the mesh would end at it.
            NodeSettings settings = arguments.Read(run) with { Configure = builder => builder.WithCapabilities() };
            CliNode node = await settings.StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(run.Value(peers));
                MeshNode mesh = node.Node;
                run.Output.Result(
                    new StartedLine(mesh.NodeId.ToString(), mesh.Identity.EntityId.ToString(), mesh.LocalEndPoint.ToString(), node.Ticket.ToString()),
                    $"node   {mesh.NodeId} on {mesh.LocalEndPoint}\nticket {node.Ticket}");
                bool isLive = !run.Output.IsJson && !Console.IsOutputRedirected;
                // What goes wrong with a peer shows in the live view by its absence; a line would tear the view apart.
                Output dialOutput = isLive ? run.Output.Silent() : run.Output;
                Task keeping = new PeerKeeper(node, run.Value(peers), dialOutput, run.Time).RunAsync(run.Interrupted);
                await (isLive
                    ? new LiveView(node, run.Time).RunAsync(run.Interrupted)
                    : new NodeReport(node, run.Output, run.Seconds(interval), run.Time).RunAsync(run.Interrupted)).ConfigureAwait(false);
                await keeping.ConfigureAwait(false);
            }
            TimeSpan lived = run.Time.GetElapsedTime(began);
            run.Output.Result(new StoppedLine(Math.Round(lived.TotalSeconds, 3)), $"stopped after {Figures.Seconds(lived)}");
            return ExitCode.Success; // a signal is how a node is stopped
        });
        return command;
    }

    private static Verb Ticket()
    {
        Option<string?> key = Arguments.Key();
        var addresses = new Option<IPEndPoint[]>("--address", "-a")
        {
            Description = "where the node is reached; may be repeated up to 8 times, best first. Without one, others reach it through a relay only",
            HelpName = "IP:PORT",
            CustomParser = result => [.. result.Tokens.Select(token => Arguments.ParseAddress(result, token.Value, "--address")).OfType<IPEndPoint>()],
            DefaultValueFactory = _ => [],
        };
        addresses.Validators.Add(result =>
        {
            IPEndPoint[] given = result.GetValueOrDefault<IPEndPoint[]>() ?? [];
            if (given.Length > MeshTicket.MaxAddresses)
                result.AddError($"--address is given {given.Length} times; a ticket holds {MeshTicket.MaxAddresses} addresses at most.");
            if (given.FirstOrDefault(address => address.Port == 0) is { } unreachable)
                result.AddError($"--address is \"{unreachable}\"; port 0 cannot be dialled.");
        });
        var command = new Verb("ticket", "Prints the ticket of an identity, without running a node.", """
            It holds no secret: hand it to whoever should dial the node. "node run" prints it too.

            Example:
              netmesh node ticket --key node.key --address 203.0.113.7:9000
            """) { key, addresses };
        Run.OnInvoke(command, run =>
        {
            using Identity identity = KeyCommands.Required(run.Find(key));
            using StaticKeyPair staticKey = identity.CreateStaticKey();
            var ticket = new MeshTicket(identity.EntityId, staticKey.PublicKey, run.Value(addresses));
            run.Output.Result(
                new TicketLine(
                    ticket.NodeId.ToString(), ticket.EntityId.ToString(), ticket.PublicKey.ToString(),
                    [.. ticket.Addresses.Select(address => address.ToString())], ticket.ToString()),
                ticket.ToString());
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }
}
