using System.CommandLine;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Calls;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>rpc serve</c>, <c>rpc call</c>, <c>rpc list</c> and <c>rpc bench</c>.</summary>
internal static class RpcCommands
{
    public static Command Rpc() => new Verb("rpc", "Serve requests, and call services of other nodes.", """
        A service lives on the nodes that serve it, which announce it to the mesh. Whoever calls it names a node with --to, or
        joins the mesh at --via and takes whichever node it finds.
        """) { RpcServeCommand.Serve(), RpcCallCommand.Call(), List(), RpcBenchCommand.Bench() };

    private static Verb List()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Option<MeshTicket[]> via = CapCommands.Via("nodes to join the mesh at; may be repeated, else NETMESH_VIA");
        Option<double> wait = Arguments.Seconds("--wait", "how long to listen; nodes behind others are heard of when they repeat what they announce", 3, 0, 86_400);
        var command = new Verb("list", "Listens to the mesh for a while and lists the services and the nodes that serve them.", """
            Exit status 1 when nobody serves anything.

            Example:
              netmesh rpc list --via netmesh:AQ… --psk-file mesh.psk --wait 12s
            """) { via, wait };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            IReadOnlyList<MeshTicket> joined = CapCommands.Required(run, via);
            CliNode node = await RpcArguments.StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                await CapCommands.JoinAsync(run, node, joined).ConfigureAwait(false);
                SortedDictionary<string, SortedSet<NodeId>> services = await HearAsync(run, node, run.Seconds(wait)).ConfigureAwait(false);
                foreach ((string service, SortedSet<NodeId> nodes) in services)
                    run.Output.Result(new ServiceLine(service, [.. nodes.Select(id => id.ToString())]), Printable.Text($"rpc    {service}: {string.Join(' ', nodes)}"));
                return services.Count > 0 ? ExitCode.Success : throw new CommandException(
                    ExitCode.Failure, "not-found", $"no node that was heard of within {Figures.Seconds(run.Seconds(wait))} serves anything ({node.Node.Capabilities.Index.Count} were heard of); --wait longer.");
            }
        });
        return command;
    }

    private static async Task<SortedDictionary<string, SortedSet<NodeId>>> HearAsync(Run run, CliNode node, TimeSpan wait)
    {
        using var limit = new CancellationTokenSource(wait, run.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, run.Interrupted);
        var everybody = new Capabilities.Question(CapabilityFilter.Any, Scope: null, [], null);
        var known = new Dictionary<NodeId, CapabilitySet>();
        await foreach (NodeChange change in everybody.WatchAsync(node.Node.Capabilities, stop.Token).ConfigureAwait(false))
        {
            if (change.Kind == NodeChangeKind.Left)
                known.Remove(change.Node);
            else
                known[change.Node] = change.Capabilities;
        }
        run.Interrupted.ThrowIfCancellationRequested();
        var services = new SortedDictionary<string, SortedSet<NodeId>>(StringComparer.Ordinal);
        foreach ((NodeId id, CapabilitySet set) in known)
        {
            foreach (string service in set.Tags.Select(tag => tag.Text).Where(text => text.StartsWith(ServiceNodes.TagPrefix, StringComparison.Ordinal)).Select(text => text[ServiceNodes.TagPrefix.Length..]))
            {
                if (!services.TryGetValue(service, out SortedSet<NodeId>? nodes))
                    services[service] = nodes = [];
                nodes.Add(id);
            }
        }
        return services;
    }
}
