using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Commands;

/// <summary>Options and arguments that several verbs share, and how their values are read: a wrong one is named, with the remedy.</summary>
internal static class Arguments
{
    public static readonly Option<bool> Json = new("--json")
    {
        Description = "write one JSON object a line, for programs",
        Recursive = true,
    };

    public static readonly Option<bool> Verbose = new("--verbose", "-v")
    {
        Description = "log what the node does to standard error",
        Recursive = true,
    };

    public static Option<string> Output(string what) => new("--output", "-o") { Description = what, HelpName = "FILE" };

    public static Argument<MeshTicket> Ticket(string what) => new("TICKET") { Description = what, CustomParser = result => ParseTicket(result) };

    public static Option<MeshTicket[]> Peers(string what) => new("--peer")
    {
        Description = what,
        HelpName = "TICKET",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.Select(token => ParseTicket(result, token.Value)).OfType<MeshTicket>()],
        DefaultValueFactory = _ => [],
    };

    public static Option<MeshTicket?> Via() => new("--via")
    {
        Description = "reach the peer through this node and no other way",
        HelpName = "TICKET",
        CustomParser = result => ParseTicket(result),
    };

    public static Option<string> Stream()
    {
        var option = new Option<string>("--stream")
        {
            Description = "the stream: a name or a number that both ends use",
            HelpName = "NAME",
            DefaultValueFactory = _ => StreamName.Default,
        };
        option.Validators.Add(result =>
        {
            if (!StreamName.TryParse(result.GetValueOrDefault<string>() ?? "", out ulong _, out string? problem))
                result.AddError(problem!);
        });
        return option;
    }

    public static Option<double> Seconds(string name, string what, double fallback, double least, double most) => new(name)
    {
        Description = what,
        HelpName = "SECONDS",
        CustomParser = result => ParseSeconds(result, name, least, most),
        DefaultValueFactory = _ => fallback,
    };

    public static Option<int> Number(string name, string what, int fallback, int least, int most, params string[] aliases) => new(name, aliases)
    {
        Description = what,
        HelpName = "N",
        CustomParser = result => ParseNumber(result, name, least, most),
        DefaultValueFactory = _ => fallback,
    };

    public static Option<int?> OptionalNumber(string name, string what, int least, int most) => new(name)
    {
        Description = what,
        HelpName = "N",
        CustomParser = result => ParseNumber(result, name, least, most),
    };

    public static Option<string?> Key() => new("--key") { Description = "the identity's key file, else NETMESH_KEY_FILE", HelpName = "FILE" };

    public static ChannelName ParseChannel(ArgumentResult result, string name)
    {
        string text = result.Tokens[0].Value;
        if (!ChannelName.TryCreate(text, out ChannelName channel, out ChannelNameError problem))
            result.AddError($"{name} is \"{text}\" ({problem}); a channel is lower-case letters, digits, '-', '_', '.' and '/', such as sensors/temp.");
        return channel;
    }

    /// <summary>Somebody's entity id, by itself or as part of a ticket.</summary>
    public static EntityId ParseEntity(ArgumentResult result, string text, string name)
    {
        if (MeshTicket.TryParse(text, out MeshTicket? ticket, out _))
            return ticket.EntityId;
        if (!EntityId.TryParse(text, null, out EntityId entity))
            result.AddError($"{name} is \"{text}\"; write an entity id, 64 hexadecimal digits as \"netmesh identity show\" prints them, or a ticket.");
        return entity;
    }

    public static IPEndPoint? ParseAddress(ArgumentResult result, string text, string name)
    {
        // An address without a port would be read as port 0, which is hardly ever meant.
        bool hasPort = text.LastIndexOf(':') is var colon and > 0 && colon > text.LastIndexOf(']') && (text[0] == '[' || text.IndexOf(':') == colon);
        if (hasPort && IPEndPoint.TryParse(text, out IPEndPoint? address))
            return address;
        result.AddError($"{name} is \"{text}\"; write ip:port, such as 0.0.0.0:9000 or [::]:9000.");
        return null;
    }

    public static MeshTicket? ParseTicket(ArgumentResult result) => result.Tokens.Count == 0 ? null : ParseTicket(result, result.Tokens[0].Value);

    public static MeshTicket? ParseTicket(ArgumentResult result, string text)
    {
        if (MeshTicket.TryParse(text, out MeshTicket? ticket, out string? problem))
            return ticket;
        string shown = text.Length > 60 ? text[..57] + "…" : text;
        result.AddError($"\"{shown}\" is no ticket: {problem}");
        return null;
    }

    public static double ParseSeconds(ArgumentResult result, string name, double least, double most)
    {
        string text = result.Tokens[0].Value;
        if (Duration.TryParse(text, out double seconds) && seconds >= least && seconds <= most)
            return seconds;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is \"{text}\"; use seconds from {least} to {most}, such as 1.5, 300ms or 5m."));
        return default;
    }

    private static int ParseNumber(ArgumentResult result, string name, int least, int most)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
            return number;
        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is \"{text}\"; use a number from {least} to {most}."));
        return default;
    }
}
