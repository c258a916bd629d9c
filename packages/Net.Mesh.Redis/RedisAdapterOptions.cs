using System.Text;
using Net.Mesh.Redis;

namespace Net.Mesh;

/// <summary>Where and how the Redis adapter keeps events.</summary>
/// <param name="Url">
/// The server: <c>redis://user:password@host:port/database</c>, <c>rediss://…</c> for TLS, or StackExchange.Redis's own
/// configuration string such as <c>host1:6379,host2:6379,password=…,ssl=true</c> (cluster, sentinel and certificates are set
/// there). User and password of a URL may be percent-encoded.
/// </param>
public sealed record RedisAdapterOptions(string Url)
{
    /// <summary>Every stream key starts with it: <c>PREFIX:shard:0</c>. Producers and consumers must agree on it. Default <c>net</c>.</summary>
    public string Prefix { get; init; } = "net";

    /// <summary>
    /// About how many entries a stream keeps; the oldest are trimmed by whole nodes, so a few more stay. At least 1.
    /// Default null: everything is kept.
    /// </summary>
    public long? MaxStreamLength { get; init; }

    /// <summary>How long the start may take to connect and get an answer. More than zero. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one batch, one page or one probe may take. More than zero. Default 1 s.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How many entries, from the newest backwards, a retried batch is looked for before it is sent again. Redis recognises no
    /// duplicates, so the adapter looks itself; the search ends early at the first entry of the same producer. 0 never looks, and
    /// a retry may then store a batch twice. Default 100,000.
    /// </summary>
    public int RetryLookBack { get; init; } = 100_000;

    /// <summary>Every problem of these options; empty when they are valid.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        if (!RedisUrl.TryParse(Url, out _, out string? problem))
            problems.Add($"Url {problem}");
        if (Prefix is null)
            problems.Add("Prefix is null; use net or a prefix of your own");
        if (MaxStreamLength < 1)
            problems.Add($"MaxStreamLength is {MaxStreamLength}; use 1 or more, or null to keep everything");
        CheckTimeout(problems, nameof(ConnectTimeout), ConnectTimeout);
        CheckTimeout(problems, nameof(CommandTimeout), CommandTimeout);
        if (RetryLookBack < 0)
            problems.Add($"RetryLookBack is {RetryLookBack}; use 0 or more");
        return problems;
    }

    internal void ThrowIfInvalid()
    {
        IReadOnlyList<string> problems = Validate();
        if (problems.Count > 0)
            throw new EventBusException(EventBusException.Configuration, $"invalid Redis configuration: {string.Join("; ", problems)}.");
    }

    // T23: a zero or endless timeout either fails every call or hangs one.
    private static void CheckTimeout(List<string> problems, string name, TimeSpan value)
    {
        if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
            problems.Add($"{name} is {value}; use more than zero and at most one day");
    }

    // The text of a record goes into logs, and the Url may hold a password.
    private bool PrintMembers(StringBuilder text)
    {
        text.Append("Url = ").Append(RedisUrl.Describe(Url))
            .Append(", Prefix = ").Append(Prefix)
            .Append(", MaxStreamLength = ").Append(MaxStreamLength)
            .Append(", ConnectTimeout = ").Append(ConnectTimeout)
            .Append(", CommandTimeout = ").Append(CommandTimeout)
            .Append(", RetryLookBack = ").Append(RetryLookBack);
        return true;
    }
}
