using System.CommandLine;
using Net.Mesh.Channels;
using Net.Mesh.Cli.Channels;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cli.Tokens;
using Net.Mesh.Subnets;

namespace Net.Mesh.Cli.Commands;

/// <summary>What the verbs that have a channel are told about it.</summary>
internal sealed class ChannelArguments
{
    // Publishes look at tokens anyway; this is for the report of a channel on which nothing is published.
    private static readonly TimeSpan TokenSweep = TimeSpan.FromSeconds(1);

    private readonly Option<bool> _requiresToken = new("--require-token") { Description = "let on only who has a token, of this node's --key or of a --root" };

    private readonly Option<EntityId[]> _roots = new("--root")
    {
        Description = "an identity whose tokens count, instead of this node's; may be repeated",
        HelpName = "ENTITY",
        CustomParser = result => [.. result.Tokens.Select(token => Arguments.ParseEntity(result, token.Value, "--root"))],
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string> _token = TokenCommands.TokenOption("a token that lets --key publish; needed where a --root is named that is not this node");
    private readonly Option<bool> _isReliable = new("--reliable") { Description = "send again what is lost" };

    private readonly Option<Visibility> _visibility = new("--visibility")
    {
        Description = "who may subscribe: global, subnet-local or parent-visible, seen from --subnet",
        HelpName = "WHO",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!VisibilityRules.TryParse(text, out Visibility visibility) || visibility == Visibility.Exported)
                result.AddError($"--visibility is \"{text}\"; use global, subnet-local or parent-visible.");
            return visibility;
        },
        DefaultValueFactory = _ => Visibility.Global,
    };

    private readonly Option<SubnetId> _subnet = new("--subnet")
    {
        Description = "where this node is, such as 3.7",
        HelpName = "SUBNET",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (!SubnetId.TryParse(text, null, out SubnetId subnet))
                result.AddError($"--subnet is \"{text}\"; write up to four numbers from 1 to 255 with dots between them, such as 3.7.");
            return subnet;
        },
    };

    public Argument<ChannelName> Name { get; } = NameArgument();

    public static Argument<ChannelName> NameArgument() => new("NAME")
    {
        Description = "the channel, such as sensors/temp",
        CustomParser = result => Arguments.ParseChannel(result, "NAME"),
    };

    public void AddTo(Command command)
    {
        command.Add(_requiresToken);
        command.Add(_roots);
        command.Add(_token);
        command.Add(_isReliable);
        command.Add(_visibility);
        command.Add(_subnet);
    }

    /// <summary>Starts the node of the channel.</summary>
    public Task<CliNode> StartAsync(Run run, NodeArguments arguments)
    {
        SubnetId subnet = run.ValueOrDefault(_subnet);
        NodeSettings settings = arguments.Read(run) with
        {
            Configure = builder => builder.WithChannels(options => options.TokenSweepInterval = TokenSweep).WithSubnet(subnet),
        };
        return settings.StartAsync(run.Interrupted);
    }

    /// <summary>Opens the channel, and says where to subscribe to it.</summary>
    public ChannelHost Open(Run run, CliNode node, int wanted)
    {
        var config = new ChannelConfig(run.Value(Name))
        {
            RequireToken = run.Value(_requiresToken),
            TokenRoots = run.Value(_roots),
            Reliable = run.Value(_isReliable),
            Visibility = run.Value(_visibility),
        };
        if (run.Find<string>(_token!) is { } file)
            node.Node.Channels.SetPublishChain(config.Name, TokenFile.Read(file));
        var host = new ChannelHost(node, config, wanted, run.Output, run.Time);
        MeshNode mesh = node.Node;
        run.Output.Result(
            new StartedLine(mesh.NodeId.ToString(), mesh.Identity.EntityId.ToString(), mesh.LocalEndPoint.ToString(), node.Ticket.ToString()),
            $"node   {mesh.NodeId} on {mesh.LocalEndPoint}, with channel {config.Name}\nticket {node.Ticket}");
        return host;
    }
}
