using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Net.Mesh.Cli.Nodes;

namespace Net.Mesh.Cli.Commands;

/// <summary>The options of every verb that is a node while it runs.</summary>
internal sealed class NodeArguments
{
    private readonly Option<IPEndPoint> _bind = new("--bind")
    {
        Description = "the UDP address to listen on; port 0 lets the system choose",
        HelpName = "IP:PORT",
        CustomParser = result => Arguments.ParseAddress(result, result.Tokens[0].Value, "--bind"),
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Any, 0),
    };

    private readonly Option<IPEndPoint[]> _advertise = new("--advertise")
    {
        Description = "an address for the ticket, instead of those of this machine; port 0 is the port of --bind",
        HelpName = "IP:PORT",
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => [.. result.Tokens.Select(token => Arguments.ParseAddress(result, token.Value, "--advertise")).OfType<IPEndPoint>()],
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _key = new("--key") { Description = "the identity's key file", HelpName = "FILE" };
    private readonly Option<string?> _preSharedKey = new("--psk-file") { Description = "the mesh's key file", HelpName = "FILE" };
    private readonly Option<bool> _allowReference = new("--allow-reference") { Description = "admit peers of Net 0.27, whose sessions every member of the mesh could read" };
    private readonly Option<double> _timeout = Arguments.Seconds("--timeout", "how long to try to reach a peer", 15, 0.3, 3600);
    private readonly Option<double> _heartbeat;

    public NodeArguments(double heartbeatSeconds)
    {
        _heartbeat = Arguments.Seconds("--heartbeat", "how often peers get a sign of life; silent for nine of these, a peer has failed", heartbeatSeconds, 0.05, 600);
    }

    public void AddTo(Command command)
    {
        command.Add(_bind);
        command.Add(_advertise);
        command.Add(_key);
        command.Add(_preSharedKey);
        command.Add(_allowReference);
        command.Add(_timeout);
        command.Add(_heartbeat);
    }

    public NodeSettings Read(Run run) => new()
    {
        Bind = run.Value(_bind),
        Advertised = run.Value(_advertise),
        KeyFile = run.Find(_key),
        PreSharedKeyFile = run.Find(_preSharedKey),
        AllowsReference = run.Value(_allowReference),
        Timeout = run.Seconds(_timeout),
        Heartbeat = run.Seconds(_heartbeat),
        Time = run.Time,
        Loggers = run.Value(Arguments.Verbose) ? run.Owns(CreateLoggers()) : NullLoggerFactory.Instance,
    };

    private static ILoggerFactory CreateLoggers() => LoggerFactory.Create(logging => logging
        .SetMinimumLevel(LogLevel.Debug)
        .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
        .AddSimpleConsole(format =>
        {
            format.SingleLine = true;
            format.ColorBehavior = LoggerColorBehavior.Disabled;
        }));
}
