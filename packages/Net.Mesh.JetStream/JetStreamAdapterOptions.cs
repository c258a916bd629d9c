using System.Text;
using Net.Mesh.Primitives;

namespace Net.Mesh;

/// <summary>
/// Where and how the bus keeps its events in NATS JetStream: one stream per shard, <c>&lt;prefix&gt;_shard_&lt;n&gt;</c>. The limits
/// apply to streams that the adapter creates; a stream that exists is used as it is.
/// </summary>
/// <param name="Url">
/// One or more server URLs, separated by commas: <c>nats://host:4222</c>, <c>tls://…</c>, <c>ws://…</c>. May carry
/// <c>user:password@</c> or <c>token@</c>, percent-encoded where needed.
/// </param>
public sealed record JetStreamAdapterOptions(string Url)
{
    /// <summary>Starts the names of streams and subjects. Letters, digits, <c>-</c> and <c>_</c> are safe; no whitespace and none of <c>. * &gt; / \</c>. Default <c>net</c>.</summary>
    public string Prefix { get; init; } = "net";

    /// <summary>How long connecting at start may take, more than zero. Default 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the adapter waits for an answer of the server, more than zero; a batch that makes no progress for this long has failed. Default 5 s.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Messages kept per shard, 0 or more; the oldest go first. Null or 0 means no limit.</summary>
    public long? MaxMessages { get; init; }

    /// <summary>Bytes kept per shard, 0 or more; the oldest messages go first. Null or 0 means no limit.</summary>
    public long? MaxBytes { get; init; }

    /// <summary>Messages older than this go; 100 ms or more. Null means no limit. Shortens the dedup window to itself when that is longer.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Copies that a cluster keeps of each stream, 1 to 5. Default 1.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>How long the server remembers dedup ids, 100 ms or more: a batch that is retried later than this is stored twice. Default one hour.</summary>
    public TimeSpan DedupWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The user, when it is not in the URL.</summary>
    public string? User { get; init; }

    /// <summary>The password of <see cref="User"/>.</summary>
    public string? Password { get; init; }

    /// <summary>The token, when the server asks for one and it is not in the URL.</summary>
    public string? Token { get; init; }

    /// <summary>A file with a user JWT and its seed, as <c>nsc</c> writes it.</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>The seed of a user NKey (<c>SU…</c>).</summary>
    public string? NKeySeed { get; init; }

    /// <summary>A file that holds the seed of a user NKey.</summary>
    public string? NKeyFile { get; init; }

    /// <summary>Starts the subject of the adapter's replies, for servers that grant each user an inbox of its own. Default <c>_INBOX</c>.</summary>
    public string InboxPrefix { get; init; } = "_INBOX";

    /// <summary>Checks the options and lists every problem at once.</summary>
    /// <returns>The problems; empty when there are none. No secret is repeated in them.</returns>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        CheckUrl(problems);
        if (string.IsNullOrEmpty(Prefix) || Prefix.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '.' or '*' or '>' or '/' or '\\' or '"'))
            problems.Add($"Prefix is \"{Prefix}\"; use one or more characters, none of them whitespace, '.', '*', '>', '/', '\\' or '\"'");
        if (string.IsNullOrEmpty(InboxPrefix) || InboxPrefix.Any(c => char.IsWhiteSpace(c) || c is '*' or '>'))
            problems.Add($"InboxPrefix is \"{InboxPrefix}\"; use a subject without wildcards, such as _INBOX");
        CheckDuration(problems, nameof(ConnectTimeout), ConnectTimeout, TimeSpan.FromMilliseconds(1));
        CheckDuration(problems, nameof(RequestTimeout), RequestTimeout, TimeSpan.FromMilliseconds(1));
        CheckDuration(problems, nameof(DedupWindow), DedupWindow, TimeSpan.FromMilliseconds(100));
        if (MaxAge is { } age)
            CheckDuration(problems, nameof(MaxAge), age, TimeSpan.FromMilliseconds(100));
        if (MaxMessages < 0)
            problems.Add($"MaxMessages is {MaxMessages}; use 0 or more, or leave it out");
        if (MaxBytes < 0)
            problems.Add($"MaxBytes is {MaxBytes}; use 0 or more, or leave it out");
        if (Replicas is < 1 or > 5)
            problems.Add($"Replicas is {Replicas}; use 1 to 5");
        CheckCredentials(problems);
        return problems;
    }

    /// <summary>The options without their secrets.</summary>
    public override string ToString() => $"JetStream {UrlRedaction.Redact(Url ?? "")}, prefix {Prefix}";

    // A record prints every property, and with it the password.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(ToString());
        return true;
    }

    private static void CheckDuration(List<string> problems, string name, TimeSpan value, TimeSpan min)
    {
        // The client and the timers behind every timeout take up to about 24 days.
        if (value < min || (name.EndsWith("Timeout", StringComparison.Ordinal) && value > TimeSpan.FromMilliseconds(int.MaxValue)))
            problems.Add($"{name} is {value}; use {min} or more{(name.EndsWith("Timeout", StringComparison.Ordinal) ? ", up to 24 days" : "")}");
    }

    private void CheckUrl(List<string> problems)
    {
        if (string.IsNullOrWhiteSpace(Url))
        {
            problems.Add("Url is empty; use for example nats://localhost:4222");
            return;
        }
        foreach (string url in Url.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!JetStream.ServerUrls.TryParse(url, out _))
                problems.Add($"Url holds \"{UrlRedaction.Redact(url)}\"; use nats://, tls://, ws:// or wss:// with a host, for example nats://localhost:4222");
        }
    }

    private void CheckCredentials(List<string> problems)
    {
        if (Password is not null && User is null)
            problems.Add("Password is set but User is not; set both or neither");
        string?[] kinds = [User, Token, CredentialsFile, NKeySeed, NKeyFile];
        if (kinds.Count(kind => kind is not null) > 1)
            problems.Add("more than one of User, Token, CredentialsFile, NKeySeed and NKeyFile is set; keep one");
        if (CredentialsFile is not null && !File.Exists(CredentialsFile))
            problems.Add($"CredentialsFile \"{CredentialsFile}\" does not exist");
        if (NKeyFile is not null && !File.Exists(NKeyFile))
            problems.Add($"NKeyFile \"{NKeyFile}\" does not exist");
        if (NKeySeed is not null && !JetStream.Credentials.IsUserSeed(NKeySeed))
            problems.Add("NKeySeed is no user seed; it starts with SU and has 58 characters");
    }
}
