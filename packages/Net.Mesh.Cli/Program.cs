using System.CommandLine;
using System.CommandLine.Parsing;
using Net.Mesh.Cli.Commands;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

var root = new RootCommand("netmesh: nodes of an encrypted mesh, from the command line.")
{
    Arguments.Json,
    Arguments.Verbose,
    KeyCommands.Identity(),
    KeyCommands.PreSharedKey(),
    TokenCommands.Token(),
    NodeCommands.Node(),
    PeerCommands.Peer(),
    CapCommands.Cap(),
    ChannelCommands.Channel(),
    RpcCommands.Rpc(),
    StreamCommands.Stream(),
    RedexCommands.Redex(),
    DbCommands.Db(),
    BenchCommand.Bench(),
};
TeachingHelp.Install(root, $"""
    A mesh is every node that holds the same key. A node is reached by its ticket, which names its identity, its public key
    and its addresses, and holds no secret.

    Examples:
      netmesh psk new -o mesh.psk                                    # once; bring it to every node
      netmesh identity new -o node.key                               # once on every machine
      netmesh node run --bind 0.0.0.0:9000 --key node.key --psk-file mesh.psk
      netmesh channel tail sensors/temp --from netmesh:AQ… --psk-file mesh.psk
      netmesh cap find --gpu --min-vram 16 --via netmesh:AQ… --psk-file mesh.psk
      netmesh rpc serve upper --exec "tr a-z A-Z" --psk-file mesh.psk
      netmesh rpc call upper hello --to netmesh:AQ… --psk-file mesh.psk
      netmesh stream recv -o photo.jpg --psk-file mesh.psk           # prints a ticket
      netmesh stream send netmesh:AQ… photo.jpg --psk-file mesh.psk
      netmesh redex tail orders/audit --follow --dir /var/lib/app/redex
      netmesh db tasks list --status pending --dir /var/lib/app/redex

    {Secrets.Help}

    {ExitCode.Help}
    """);

ParseResult arguments = root.Parse(args);
if (arguments.Errors.Count > 0 && arguments.Action is not TeachingHelp)
{
    var output = new Output(args.Contains("--json"), Console.Out, Console.Error);
    string verb = string.Join(' ', WordsOf(arguments.CommandResult));
    string problems = string.Join(" ", arguments.Errors.Select(error => error.Message).Distinct());
    output.Error(new Failure(ExitCode.Usage, "usage", $"{problems} See {verb} --help."));
    return ExitCode.Usage;
}
// Signals are this program's own business: the first ends the work in order.
return await arguments.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }).ConfigureAwait(false);

static IEnumerable<string> WordsOf(CommandResult command) =>
    (command.Parent is CommandResult parent ? WordsOf(parent) : []).Append(command.Command is RootCommand ? "netmesh" : command.Command.Name);
