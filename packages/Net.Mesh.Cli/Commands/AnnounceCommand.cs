using System.CommandLine;
using System.CommandLine.Parsing;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Capabilities;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>cap announce</c>: says what a node can do, for as long as it runs.</summary>
internal static class AnnounceCommand
{
    public static Verb Announce()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 5);
        Option<string[]> tags = QuestionArguments.Texts("--tag", "a tag; may be repeated", "TAG");
        tags.Validators.Add(RefuseReserved);
        var gpus = new Option<GpuInfo[]>("--gpu")
        {
            Description = $"a GPU: {GpuText.Form}; may be repeated",
            HelpName = "GPU",
            CustomParser = result => [.. result.Tokens.Select(token => ParseGpu(result, token.Value)).OfType<GpuInfo>()],
            DefaultValueFactory = _ => [],
        };
        Option<int?> cpu = Arguments.OptionalNumber("--cpu", "physical cores", 1, ushort.MaxValue);
        Option<int?> memory = Arguments.OptionalNumber("--memory", "main memory in GiB", 1, int.MaxValue);
        Option<string[]> metadata = QuestionArguments.Texts("--metadata", "a text under a key; may be repeated", "KEY=TEXT");
        metadata.Validators.Add(RefuseWithoutKey);
        Option<string[]> tenants = QuestionArguments.Texts("--tenant", "be found by questions about this tenant only; may be repeated", "ID");
        Option<string[]> regions = QuestionArguments.Texts("--region", "be found by questions about this region only; may be repeated", "NAME");
        Option<MeshTicket[]> via = CapCommands.Via("nodes to join the mesh at; may be repeated, else NETMESH_VIA. Without one, others dial this node");
        Option<double> interval = Arguments.Seconds("--interval", "how often it is repeated; nodes behind others hear of it then, and forget it after two", 10, 1, 3600);
        var command = new Verb("announce", "Announces what this node can do, until Ctrl+C.", """
            A new peer hears of it at once, and nodes behind it at the next repetition; "node run" passes it on. A scope
            (--tenant, --region) narrows who finds the node, and keeps nobody out.

            Example:
              netmesh cap announce --gpu "nvidia:RTX 4090:24" --memory 64 --tag model:llama3-70b --tenant oem-123 --via netmesh:AQ… --psk-file mesh.psk
            """) { tags, gpus, cpu, memory, metadata, tenants, regions, via, interval };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            var hardware = new HardwareCapabilities
            {
                CpuCores = (ushort)(run.FindValue(cpu) ?? 0),
                MemoryGb = (uint)(run.FindValue(memory) ?? 0),
                Gpu = run.Value(gpus).FirstOrDefault(),
                AdditionalGpus = [.. run.Value(gpus).Skip(1)],
            };
            CapabilitySet set = CapabilitySet.Empty.WithHardware(hardware);
            set = run.Value(tags).Aggregate(set, (so, tag) => so.WithCheckedTag(tag));
            set = run.Value(tenants).Aggregate(set, (so, id) => so.WithTenantScope(id));
            set = run.Value(regions).Aggregate(set, (so, name) => so.WithRegionScope(name));
            set = run.Value(metadata).Aggregate(set, (so, pair) => so.WithMetadata(pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..]));
            IReadOnlyList<MeshTicket> joined = CapCommands.Joined(run, via);
            NodeSettings settings = arguments.Read(run) with { Configure = builder => builder.WithCapabilities(options => Repeat(options, run.Seconds(interval))) };
            CliNode node = await settings.StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(joined);
                MeshNode mesh = node.Node;
                await mesh.Capabilities.AnnounceAsync(set, cancellationToken: run.Interrupted).ConfigureAwait(false);
                run.Output.Result(
                    new StartedLine(mesh.NodeId.ToString(), mesh.Identity.EntityId.ToString(), mesh.LocalEndPoint.ToString(), node.Ticket.ToString()),
                    $"node   {mesh.NodeId} on {mesh.LocalEndPoint}\nticket {node.Ticket}");
                run.Output.Result(CapabilityLines.Line(mesh.NodeId, "announced", set), CapabilityLines.Short(mesh.NodeId, "announced", set));
                Task keeping = new PeerKeeper(node, joined, run.Output, run.Time).RunAsync(run.Interrupted);
                await new NodeReport(node, run.Output, Timeout.InfiniteTimeSpan, run.Time).ReportPeersAsync(run.Interrupted).ConfigureAwait(false);
                await keeping.ConfigureAwait(false);
            }
            return ExitCode.Success; // a signal is how an announcement ends
        });
        return command;
    }

    public static void Repeat(CapabilityOptions options, TimeSpan interval)
    {
        options.ReannounceInterval = interval;
        if (options.MinAnnounceInterval > interval)
            options.MinAnnounceInterval = interval;
    }

    private static GpuInfo? ParseGpu(ArgumentResult result, string text)
    {
        GpuInfo? gpu = text.Length == 0 ? null : GpuText.TryParse(text);
        if (gpu is null)
            result.AddError($"--gpu is \"{text}\"; write {GpuText.Form}. A vendor is {GpuText.Vendors}.");
        return gpu;
    }

    private static void RefuseReserved(OptionResult result)
    {
        foreach (Token token in result.Tokens)
        {
            if (!Tag.TryParseUser(token.Value, out _, out TagError error))
                result.AddError(error == TagError.ReservedPrefix
                    ? $"--tag is \"{token.Value}\", which begins with a word that the mesh has reserved; for a scope use --tenant or --region."
                    : $"--tag is \"{token.Value}\"; write a text, such as model:llama3-70b or hardware.nvme.");
        }
    }

    private static void RefuseWithoutKey(OptionResult result)
    {
        foreach (Token token in result.Tokens)
        {
            if (token.Value.IndexOf('=') < 1)
                result.AddError($"--metadata is \"{token.Value}\"; write a key and a text, such as site=ulm.");
        }
    }
}
