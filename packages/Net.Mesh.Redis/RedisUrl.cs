using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Net.Mesh.Primitives;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>Reads <see cref="RedisAdapterOptions.Url"/> in both of its spellings. No text it returns holds a credential.</summary>
internal static class RedisUrl
{
    private const string Plain = "redis://";
    private const string Tls = "rediss://";

    /// <summary>Turns the text into the client's options.</summary>
    /// <param name="url">URL or configuration string.</param>
    /// <param name="configuration">The options, when it is one.</param>
    /// <param name="problem">What is wrong, to follow the word "Url", when it is none.</param>
    public static bool TryParse(
        string? url, [NotNullWhen(true)] out ConfigurationOptions? configuration, [NotNullWhen(false)] out string? problem)
    {
        configuration = null;
        problem = null;
        if (string.IsNullOrWhiteSpace(url))
            problem = "is empty; use redis://host:6379";
        else if (StartsWith(url, Plain) || StartsWith(url, Tls))
            configuration = ParseUrl(url, out problem);
        else if (url.Contains("://", StringComparison.Ordinal))
            problem = $"is {Describe(url)}; use redis:// or rediss://, or the client's own configuration string";
        else
            configuration = ParseConfigurationString(url, out problem);
        return configuration is not null;
    }

    /// <summary>The server for a log line: without credentials (T34).</summary>
    public static string Describe(string? url)
    {
        if (url is null || url.Contains("://", StringComparison.Ordinal))
            return UrlRedaction.Redact(url ?? "");
        return ParseConfigurationString(url, out _) is { } options
            ? string.Join(',', options.EndPoints.Select(Text))
            : "[unreadable]";
    }

    private static ConfigurationOptions? ParseUrl(string url, out string? problem)
    {
        bool isTls = StartsWith(url, Tls);
        ReadOnlySpan<char> rest = url.AsSpan(isTls ? Tls.Length : Plain.Length);
        int end = rest.IndexOfAny('/', '?', '#');
        ReadOnlySpan<char> authority = end < 0 ? rest : rest[..end];
        ReadOnlySpan<char> path = end < 0 ? default : rest[end..];

        // A password may itself hold an @: the last one ends the credentials (T34).
        int at = authority.LastIndexOf('@');
        ReadOnlySpan<char> credentials = at < 0 ? default : authority[..at];
        if (!TryReadEndpoint(authority[(at + 1)..], out string host, out int port))
        {
            problem = $"is {Describe(url)}; name a host and a port from 1 to 65535, as in redis://host:6379";
            return null;
        }
        int database = 0;
        if (path.Length > 1 && !(path[0] == '/' && int.TryParse(path[1..], NumberStyles.None, CultureInfo.InvariantCulture, out database)))
        {
            problem = $"is {Describe(url)}; only a database number may follow the host, as in redis://host:6379/0";
            return null;
        }

        problem = null;
        var options = new ConfigurationOptions
        {
            EndPoints = { { host, port } },
            DefaultDatabase = database,
            Ssl = isTls,
            SslHost = isTls ? host : null,
            // One named server: nothing to elect, and no channel to hear about elections on.
            TieBreaker = "",
            ConfigurationChannel = "",
        };
        int colon = credentials.IndexOf(':');
        string user = Uri.UnescapeDataString(colon < 0 ? credentials.ToString() : credentials[..colon].ToString());
        if (user.Length > 0)
            options.User = user;
        if (colon >= 0)
            options.Password = Uri.UnescapeDataString(credentials[(colon + 1)..].ToString());
        return options;
    }

    private static bool TryReadEndpoint(ReadOnlySpan<char> text, out string host, out int port)
    {
        port = 6379;
        int bracket = text.LastIndexOf(']'); // an IPv6 address holds colons of its own
        int colon = text.LastIndexOf(':');
        bool hasPort = colon > bracket;
        host = (hasPort ? text[..colon] : text).Trim("[]").ToString();
        return host.Length > 0
            && (!hasPort || (int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535));
    }

    private static ConfigurationOptions? ParseConfigurationString(string text, out string? problem)
    {
        problem = null;
        try
        {
            ConfigurationOptions options = ConfigurationOptions.Parse(text);
            if (options.EndPoints.Count > 0)
                return options;
            problem = "names no server; use redis://host:6379 or host:6379,option=value";
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The client repeats the offending text in its message, and that may be the password.
            problem = "cannot be read as a configuration string; use redis://host:6379 or host:6379,option=value";
        }
        return null;
    }

    private static string Text(System.Net.EndPoint endpoint) => endpoint is System.Net.DnsEndPoint dns
        ? string.Create(CultureInfo.InvariantCulture, $"{dns.Host}:{dns.Port}")
        : endpoint.ToString() ?? "";

    private static bool StartsWith(string url, string scheme) => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase);
}
