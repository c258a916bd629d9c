using System.Globalization;

namespace EventPipe;

/// <summary>What the command line asks for.</summary>
internal sealed record PipeOptions
{
    public const string StandardInput = "-";

    public const string Help = """
        Usage: EventPipe [FILE…] [options]

        Pipes an access log in JSON lines through a Net.Mesh event bus: every line is emitted, read back from the
        bus typed, and counted. With --adapter mesh three processes form an encrypted mesh instead, and the events
        travel from this one through a relay to the third, which counts them. FILE is a log as Caddy writes it, one JSON object a line; - or no file is standard
        input. Lines that are no such object go to the reject file, with number and reason, and the run goes on.

          --adapter NAME   where the bus keeps events: memory (default), redis or jetstream; or mesh, see above.
                           The next three options mean nothing to the mesh.
          --url URL        the server. redis: host:port or redis://…, without it NETMESH_REDIS or localhost:6379.
                           jetstream: nats://…, without it NETMESH_NATS or nats://localhost:4222.
          --prefix NAME    names the streams on the server; without it every run gets streams of its own.
                           With it, what earlier runs left under the same name is read and counted too.
          --shards N       shards of the bus, 1 to 65535 (default 4)
          --reject FILE    where malformed lines go (default rejected.jsonl); made when there is one
          -h, --help       this text

        Examples:
          EventPipe data/access.jsonl
          zcat access.log.*.gz | EventPipe -
          EventPipe data/access.jsonl --adapter mesh
          EventPipe /var/log/caddy/access.log --adapter redis --url localhost:6379 --prefix shop

        The progress line goes to standard error, the summary to standard output. Ctrl+C ends the input, delivers
        what was read and prints the summary; a second one stops at once.

        Exit status: 0 done (also with rejected lines), 1 the bus or a file failed, 2 wrong usage, 3 an input file
        is missing, 130 done early after Ctrl+C.
        """;

    public IReadOnlyList<string> Files { get; init; } = [StandardInput];

    public AdapterName Adapter { get; init; }

    public string Url { get; init; } = "";

    public string? Prefix { get; init; }

    public int Shards { get; init; } = 4;

    public string RejectFile { get; init; } = "rejected.jsonl";

    /// <summary>The first input file that is not there.</summary>
    public string? MissingFile => Files.FirstOrDefault(file => file != StandardInput && !File.Exists(file));

    public static PipeOptions Parse(IReadOnlyList<string> arguments, Func<string, string?> environment)
    {
        var options = new PipeOptions();
        var files = new List<string>();
        string? url = null;
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument == StandardInput || !argument.StartsWith('-'))
            {
                files.Add(argument);
                continue;
            }
            (string name, string value) = argument.Split('=', 2) is [var left, var right] ? (left, right) : (argument, Next(arguments, ref i));
            switch (name)
            {
                case "--adapter":
                    options = options with { Adapter = ParseAdapter(value) };
                    break;
                case "--url":
                    url = value;
                    break;
                case "--prefix":
                    options = options with { Prefix = value };
                    break;
                case "--shards":
                    options = options with { Shards = ParseShards(value) };
                    break;
                case "--reject":
                    options = options with { RejectFile = value };
                    break;
                default:
                    throw new UsageException($"{name} is not an option.");
            }
        }
        return options with
        {
            Files = files.Count == 0 ? [StandardInput] : files,
            Url = url ?? DefaultUrl(options.Adapter, environment),
        };
    }

    private static string Next(IReadOnlyList<string> arguments, ref int index) => ++index < arguments.Count && arguments[index] != ""
        ? arguments[index]
        : throw new UsageException($"{arguments[index - 1]} needs a value after it.");

    private static AdapterName ParseAdapter(string value) => value switch
    {
        "memory" => AdapterName.Memory,
        "redis" => AdapterName.Redis,
        "jetstream" => AdapterName.JetStream,
        "mesh" => AdapterName.Mesh,
        _ => throw new UsageException($"there is no adapter \"{value}\"; use memory, redis, jetstream or mesh."),
    };

    private static int ParseShards(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int shards) && shards is >= 1 and <= 65535
            ? shards
            : throw new UsageException($"--shards is \"{value}\"; use a number from 1 to 65535.");

    private static string DefaultUrl(AdapterName adapter, Func<string, string?> environment) => adapter switch
    {
        AdapterName.Redis => environment("NETMESH_REDIS") is { Length: > 0 } redis ? redis : "localhost:6379",
        AdapterName.JetStream => environment("NETMESH_NATS") is { Length: > 0 } nats ? nats : "nats://localhost:4222",
        _ => "",
    };
}

/// <summary>Where the bus keeps its events, or what carries them.</summary>
internal enum AdapterName
{
    Memory,
    Redis,
    JetStream,
    Mesh,
}

/// <summary>The command line cannot be understood; the message names the value and the remedy.</summary>
internal sealed class UsageException(string message) : Exception(message);
