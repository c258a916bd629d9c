using System.CommandLine;
using System.Globalization;
using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary>What the verbs of logs share.</summary>
internal sealed class RedexArguments
{
    private const string Variable = "NETMESH_REDEX_DIR";

    public Option<string?> Directory { get; } = new("--dir") { Description = $"the directory that the logs lie under, else {Variable}", HelpName = "DIR" };

    public static Argument<ChannelName> Channel() => new("CHANNEL") { Description = "the log's name, such as orders/audit", CustomParser = result => Arguments.ParseChannel(result, "CHANNEL") };

    public static Argument<ChannelName[]> Channels() => new("CHANNEL")
    {
        Description = "the logs' names; all of them when there is none",
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = result =>
        {
            var channels = new List<ChannelName>();
            foreach (string text in result.Tokens.Select(token => token.Value))
            {
                if (!ChannelName.TryCreate(text, out ChannelName channel, out ChannelNameError problem))
                    result.AddError($"CHANNEL is \"{text}\" ({problem}); a channel is lower-case letters, digits, '-', '_', '.' and '/', such as orders/audit.");
                else if (!channels.Contains(channel))
                    channels.Add(channel);
            }
            return [.. channels];
        },
    };

    public static Option<ulong?> Sequence(string name, string what) => new(name)
    {
        Description = what,
        HelpName = "SEQ",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
                return number;
            result.AddError($"{name} is \"{text}\"; use a sequence, a number from 0.");
            return null;
        },
    };

    public static Option<FsyncChoice> Fsync() => new("--fsync")
    {
        Description = "when the disk is told to keep what was appended: never is at the end, always before a sequence is printed, N after so many events",
        HelpName = "never|always|N",
        DefaultValueFactory = _ => FsyncChoice.Never,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (text == "never")
                return FsyncChoice.Never;
            if (text == "always")
                return new(WaitsForDisk: true, FsyncPolicy.Never);
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int entries) && entries > 0)
                return new(WaitsForDisk: false, FsyncPolicy.EveryN(entries));
            result.AddError($"--fsync is \"{text}\"; use never, always, or a number of events from 1.");
            return FsyncChoice.Never;
        },
    };

    public LogStore Read(Run run)
    {
        string? directory = run.Find(Directory) ?? Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrWhiteSpace(directory)
            ? throw CommandException.Usage($"the logs' directory is missing; give --dir DIR or set {Variable}.")
            : new(Path.GetFullPath(directory));
    }
}

/// <summary>When appended events are to be on the disk.</summary>
internal sealed record FsyncChoice(bool WaitsForDisk, FsyncPolicy Policy)
{
    public static readonly FsyncChoice Never = new(WaitsForDisk: false, FsyncPolicy.Never);
}
