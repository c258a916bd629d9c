using System.CommandLine;
using System.CommandLine.Parsing;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Capabilities;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>cap announce</c>, <c>cap find</c>, <c>cap watch</c> and <c>cap show</c>: what the nodes of a mesh can do.</summary>
internal static class CapCommands
{
    private const string ViaVariable = "NETMESH_VIA";

    public static Command Cap() => new Verb("cap", "Say what a node can do, and find nodes by what they can do.", """
        Nodes announce what they can do, signed, and the mesh spreads it. Each of these verbs is a node of its own while it
        runs: it joins the mesh at --via, or at the tickets in NETMESH_VIA, and listens. A node to which it is connected
        tells at once what that node itself can do; those behind it are heard of at their next repetition ("cap announce"
        repeats every 10 s, other nodes every 150 s unless told otherwise), so --wait longer than that finds all.
        """) { AnnounceCommand.Announce(), Find(), Watch(), Show() };

    public static Option<MeshTicket[]> Via(string what) => new("--via", "--peer")
    {
        Description = what,
        HelpName = "TICKET",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.Select(token => Arguments.ParseTicket(result, token.Value)).OfType<MeshTicket>()],
        DefaultValueFactory = _ => [],
    };

    /// <summary>Where to join: what is given, else what the environment says.</summary>
    public static IReadOnlyList<MeshTicket> Joined(Run run, Option<MeshTicket[]> via)
    {
        if (run.Value(via) is { Length: > 0 } given)
            return given;
        string[] texts = (Environment.GetEnvironmentVariable(ViaVariable) ?? "").Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return [.. texts.Select(text => MeshTicket.TryParse(text, out MeshTicket? ticket, out string? problem)
            ? ticket
            : throw CommandException.Usage($"{ViaVariable} holds no ticket: {problem}"))];
    }

    private static Verb Find()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        var asked = new QuestionArguments();
        Option<MeshTicket[]> via = Via("nodes to join the mesh at; may be repeated, else NETMESH_VIA");
        Option<double> wait = Arguments.Seconds("--wait", "how long to listen", 3, 0, 86_400);
        Option<int?> count = Arguments.OptionalNumber("--count", "leave as soon as so many were found", 1, 1_000_000);
        var command = new Verb("find", "Listens to the mesh for a while and lists the nodes that have all that is asked for.", $"""
            Exit status 1 when no node was found.

            {QuestionArguments.WhereHelp}

            Examples:
              netmesh cap find --gpu --min-vram 16 --tenant oem-123 --via netmesh:AQ… --psk-file mesh.psk
              netmesh cap find --require "hardware.memory_gb >= 64" --wait 12s --count 1 --json
            """);
        asked.AddTo(command);
        foreach (Option option in new Option[] { via, wait, count })
            command.Add(option);
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            Question question = asked.Read(run);
            IReadOnlyList<MeshTicket> joined = Required(run, via);
            CliNode node = await StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                await JoinAsync(run, node, joined).ConfigureAwait(false);
                var found = new SortedDictionary<NodeId, CapabilitySet>();
                using var limit = new CancellationTokenSource(run.Seconds(wait), run.Time);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, run.Interrupted);
                await foreach (NodeChange change in question.WatchAsync(node.Node.Capabilities, stop.Token).ConfigureAwait(false))
                {
                    if (change.Kind == NodeChangeKind.Left)
                        found.Remove(change.Node);
                    else
                        found[change.Node] = change.Capabilities;
                    if (found.Count >= run.FindValue(count))
                        break;
                }
                run.Interrupted.ThrowIfCancellationRequested();
                foreach ((NodeId id, CapabilitySet set) in found)
                    run.Output.Result(CapabilityLines.Line(id, "found", set), CapabilityLines.Short(id, "found", set));
                return found.Count > 0 ? ExitCode.Success : throw NotFound(
                    $"no node that was heard of within {Figures.Seconds(run.Seconds(wait))} has all that was asked for ({node.Node.Capabilities.Index.Count} were heard of); ask for less, or --wait longer.");
            }
        });
        return command;
    }

    private static Verb Watch()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        var asked = new QuestionArguments();
        Option<MeshTicket[]> via = Via("nodes to join the mesh at; may be repeated, else NETMESH_VIA");
        var command = new Verb("watch", "Shows the nodes that have all that is asked for as they come, change and go, until Ctrl+C.", $"""
            {QuestionArguments.WhereHelp}

            Example:
              netmesh cap watch --gpu --via netmesh:AQ… --psk-file mesh.psk
            """);
        asked.AddTo(command);
        command.Add(via);
        arguments.AddTo(command);
        Run.OnInvoke(command, Run.WhileRead(async run =>
        {
            Output output = run.Output.ForReader();
            Question question = asked.Read(run);
            IReadOnlyList<MeshTicket> joined = Required(run, via);
            CliNode node = await StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(joined);
                Task keeping = new PeerKeeper(node, joined, run.Output.BesideData(), run.Time).RunAsync(run.Interrupted);
                await foreach (NodeChange change in question.WatchAsync(node.Node.Capabilities, run.Interrupted).ConfigureAwait(false))
                {
                    string word = change.Kind.ToString().ToLowerInvariant();
                    output.Result(CapabilityLines.Line(change.Node, word, change.Capabilities), CapabilityLines.Short(change.Node, word, change.Capabilities));
                }
                await keeping.ConfigureAwait(false);
            }
            return ExitCode.Success; // a signal is how a watch ends
        }));
        return command;
    }

    private static Verb Show()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        var target = new Argument<Target>("NODE") { Description = "a node id, or a ticket, which is dialled", CustomParser = ParseTarget };
        Option<MeshTicket[]> via = Via("nodes to join the mesh at; may be repeated, else NETMESH_VIA");
        Option<double> wait = Arguments.Seconds("--wait", "how long to listen for its announcement", 12, 0, 86_400);
        Option<Predicate?> where = QuestionArguments.Where("also show which clauses of this predicate are true of it");
        var command = new Verb("show", "Shows all that a node has announced, and why a predicate holds of it or not.", $"""
            Exit status 1 when nothing was heard of it.

            {QuestionArguments.WhereHelp}

            Examples:
              netmesh cap show netmesh:AQ… --psk-file mesh.psk
              netmesh cap show 0xba49ee0d1582baa7 --via netmesh:AQ… --psk-file mesh.psk
            """) { target, via, wait, where };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            Target asked = run.Value(target);
            IReadOnlyList<MeshTicket> joined = asked.Ticket is { } ticket ? [.. Joined(run, via), ticket] : Required(run, via);
            CliNode node = await StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                await JoinAsync(run, node, joined).ConfigureAwait(false);
                CapabilitySet set = await HearOfAsync(run, node, asked.Node, run.Seconds(wait)).ConfigureAwait(false);
                PredicateTrace? why = run.Find(where)?.EvaluateWithTrace(set);
                run.Output.Result(
                    CapabilityLines.Line(asked.Node, "shown", set) with { Matches = why?.Result, Trace = why?.ToString() },
                    $"{CapabilityLines.Long(asked.Node, set)}{(why is null ? "" : $"\n{why}")}".TrimEnd());
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<CapabilitySet> HearOfAsync(Run run, CliNode node, NodeId wanted, TimeSpan wait)
    {
        using var limit = new CancellationTokenSource(wait, run.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, run.Interrupted);
        var everybody = new Question(CapabilityFilter.Any, Scope: null, [], null);
        await foreach (NodeChange change in everybody.WatchAsync(node.Node.Capabilities, stop.Token).ConfigureAwait(false))
        {
            if (change.Node == wanted)
                return change.Capabilities;
        }
        run.Interrupted.ThrowIfCancellationRequested();
        throw NotFound($"{wanted} has announced nothing within {Figures.Seconds(wait)}; --wait longer, or dial it with its ticket.");
    }

    private static Task<CliNode> StartAsync(Run run, NodeArguments arguments) =>
        (arguments.Read(run) with { Configure = builder => builder.WithCapabilities() }).StartAsync(run.Interrupted);

    public static Task<Peer[]> JoinAsync(Run run, CliNode node, IReadOnlyList<MeshTicket> tickets) =>
        Task.WhenAll(tickets.Select(ticket => node.DialAsync(ticket, via: null, run.Interrupted)));

    public static IReadOnlyList<MeshTicket> Required(Run run, Option<MeshTicket[]> via) => Joined(run, via) is { Count: > 0 } joined
        ? joined
        : throw CommandException.Usage($"there is nobody to ask; give --via TICKET, or set {ViaVariable} to the tickets of nodes at which to join the mesh.");

    private static CommandException NotFound(string message) => new(ExitCode.Failure, "not-found", message);

    private static Target ParseTarget(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (MeshTicket.TryParse(text, out MeshTicket? ticket, out _))
            return new(ticket.NodeId, ticket);
        if (NodeId.TryParse(text, null, out NodeId node))
            return new(node, null);
        result.AddError($"NODE is \"{text}\"; write a node id, 0x and 16 hexadecimal digits, or a ticket.");
        return new(default, null);
    }

    private sealed record Target(NodeId Node, MeshTicket? Ticket);
}
