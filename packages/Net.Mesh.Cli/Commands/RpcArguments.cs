using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Net.Mesh.Capabilities;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Commands;

/// <summary>What the verbs of calls share.</summary>
internal static class RpcArguments
{
    public static Argument<string> Service()
    {
        var argument = new Argument<string>("SERVICE") { Description = "the service, such as thumbnails or geo/lookup" };
        argument.Validators.Add(result =>
        {
            string text = result.Tokens[0].Value;
            if (text.Length > 230 || !ChannelName.TryCreate(text, out _, out _))
                result.AddError($"SERVICE is \"{text}\"; a service is 1 to 230 lower-case letters, digits, '-', '_', '.' and '/', such as geo/lookup.");
        });
        return argument;
    }

    public static Option<MeshTicket?> To(bool isRequired) => new("--to")
    {
        Description = "the ticket of the node to call, as its \"rpc serve\" prints it",
        HelpName = "TICKET",
        Required = isRequired,
        CustomParser = result => Arguments.ParseTicket(result),
    };

    public static Option<double?> OptionalDeadline() => new("--deadline")
    {
        Description = "how long a call may take (default: 30 s, and for a stream as long as it lasts)",
        HelpName = "SECONDS",
        CustomParser = result => Arguments.ParseSeconds(result, "--deadline", 0.001, 86_400),
    };

    public static Option<RpcHeader[]> Headers() => new("--header")
    {
        Description = "a header for the handler; may be repeated",
        HelpName = "NAME=TEXT",
        CustomParser = result => [.. result.Tokens.Select(token => ParseHeader(result, token.Value))],
        DefaultValueFactory = _ => [],
    };

    /// <summary>A node that calls or serves, and is heard of behind others as soon as it repeats what it announces.</summary>
    public static Task<CliNode> StartAsync(Run run, NodeArguments arguments)
    {
        NodeSettings settings = arguments.Read(run) with
        {
            Configure = builder => builder.WithCapabilities(options => AnnounceCommand.Repeat(options, TimeSpan.FromSeconds(10))).WithRpc(),
        };
        return settings.StartAsync(run.Interrupted);
    }

    private static RpcHeader ParseHeader(ArgumentResult result, string text)
    {
        int end = text.IndexOf('=', StringComparison.Ordinal);
        string name = end < 0 ? text : text[..end], value = end < 0 ? "" : text[(end + 1)..];
        if (end < 1 || Encoding.UTF8.GetByteCount(name) > 64 || Encoding.UTF8.GetByteCount(value) > 4096)
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"--header is \"{text}\"; write a name and a text, such as lang=de, of at most 64 and 4096 bytes."));
        return new(name, value);
    }
}
