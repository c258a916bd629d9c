using System.CommandLine;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Node;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>peer connect</c>, <c>peer list</c> and <c>peer ping</c>. Each is a node of its own for as long as it runs.</summary>
internal static class PeerCommands
{
    public static Command Peer() => new Verb("peer", "Reach other nodes.", """
        Each of these verbs is a node of its own while it runs: it joins the mesh with the tickets it is given, looks,
        reports and leaves. What a long-running node sees is shown by "netmesh node run" itself.
        """) { Connect(), List(), Ping() };

    private static Verb Connect()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<MeshTicket> ticket = Arguments.Ticket("the peer's ticket, as its \"node run\" prints it");
        Option<MeshTicket?> via = Arguments.Via();
        var command = new Verb("connect", "Connects to a node, says how it is reached and what protects the session, and leaves.", """
            Example:
              netmesh peer connect netmesh:AQ… --psk-file mesh.psk
            """) { ticket, via };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            CliNode node = await arguments.Read(run).StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                long began = run.Time.GetTimestamp();
                Peer peer = await node.DialAsync(run.Value(ticket), run.Find(via), run.Interrupted).ConfigureAwait(false);
                TimeSpan took = run.Time.GetElapsedTime(began);
                run.Output.Result(PeerLines.Line(peer, "connected", took), $"{PeerLines.Text(peer, "connected")}, in {Figures.Milliseconds(took)}");
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Verb List()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Option<MeshTicket[]> peers = Arguments.Peers("nodes to join the mesh at; at least one, may be repeated");
        peers.Required = true;
        Option<double> wait = Arguments.Seconds("--wait", "how long to listen for nodes farther away", 6, 0, 3600);
        var command = new Verb("list", "Joins the mesh at the given nodes, listens for a while, and lists the peers and the nodes behind them.", """
            Nodes tell of themselves with every sign of life, 5 s apart unless their --heartbeat says otherwise: --wait
            longer than that finds all.

            Example:
              netmesh peer list --peer netmesh:AQ… --psk-file mesh.psk
            """) { peers, wait };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            CliNode node = await arguments.Read(run).StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                await Task.WhenAll(run.Value(peers).Select(ticket => node.DialAsync(ticket, via: null, run.Interrupted))).ConfigureAwait(false);
                await Task.Delay(run.Seconds(wait), run.Time, run.Interrupted).ConfigureAwait(false);
                foreach (Peer peer in node.Node.Peers.All)
                    run.Output.Result(PeerLines.Line(peer, "listed"), PeerLines.Text(peer, "listed"));
                foreach (RouteEntry route in node.Node.Routes.Snapshot().Where(route => !node.Node.Peers.TryGet(route.Destination, out Peer? _)))
                    run.Output.Result(
                        new NodeSeenLine(route.Destination.ToString(), route.NextHop.ToString(), route.Metric),
                        $"node   {route.Destination} behind {route.NextHop}, metric {route.Metric}");
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Verb Ping()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<MeshTicket> ticket = Arguments.Ticket("the peer's ticket");
        Option<MeshTicket?> via = Arguments.Via();
        Option<int> count = Arguments.Number("--count", "pings", 4, 1, 1_000_000, "-c");
        Option<int> size = Arguments.Number("--size", "bytes of a ping", 64, Echo.HeaderBytes, Echo.MaxBytes);
        Option<double> interval = Arguments.Seconds("--interval", "pause between pings", 1, 0, 3600);
        var command = new Verb("ping", "Measures round trips through the encrypted session.", """
            Peers that run netmesh answer; others keep silent, for echo is a subprotocol of this tool. Exit status 3 when no
            ping came back.

            Example:
              netmesh peer ping netmesh:AQ… -c 10 --psk-file mesh.psk
            """) { ticket, via, count, size, interval };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            NodeSettings settings = arguments.Read(run);
            CliNode node = await settings.StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                Peer peer = await node.DialAsync(run.Value(ticket), run.Find(via), run.Interrupted).ConfigureAwait(false);
                TimeSpan limit = settings.Timeout < TimeSpan.FromSeconds(2) ? settings.Timeout : TimeSpan.FromSeconds(2);
                var answered = new List<TimeSpan>();
                int sent = 0;
                while (sent < run.Value(count) && !run.Interrupted.IsCancellationRequested)
                {
                    if (sent++ > 0)
                        await Task.Delay(run.Seconds(interval), run.Time, run.Interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    TimeSpan? roundTrip = await node.Echo.PingAsync(peer.NodeId, run.Value(size), limit, CancellationToken.None).ConfigureAwait(false);
                    if (roundTrip is { } time)
                        answered.Add(time);
                    run.Output.Result(
                        new PingLine(peer.NodeId.ToString(), sent, Milliseconds(roundTrip)),
                        $"ping   {peer.NodeId} {sent}: {(roundTrip is { } shown ? Figures.Milliseconds(shown) : "no answer")}");
                }
                return Summarise(run, peer, sent, answered);
            }
        });
        return command;
    }

    private static int Summarise(Run run, Peer peer, int sent, List<TimeSpan> answered)
    {
        answered.Sort();
        TimeSpan? median = answered.Count == 0 ? null : answered[answered.Count / 2];
        string text = $"{answered.Count} of {sent} answered";
        if (median is { } middle)
            text += $", min {Figures.Milliseconds(answered[0])}, median {Figures.Milliseconds(middle)}, max {Figures.Milliseconds(answered[^1])}";
        else
            text += "; only peers that run netmesh answer pings";
        run.Output.Result(
            new PingSummaryLine(
                peer.NodeId.ToString(), sent, answered.Count, Milliseconds(answered.Count == 0 ? null : answered[0]), Milliseconds(median),
                Milliseconds(answered.Count == 0 ? null : answered[^1])),
            text);
        if (run.Interrupted.IsCancellationRequested)
            return ExitCode.Interrupted;
        return answered.Count == 0 ? ExitCode.Unreachable : ExitCode.Success;
    }

    private static double? Milliseconds(TimeSpan? time) => time is { } value ? Math.Round(value.TotalMilliseconds, 3) : null;
}
