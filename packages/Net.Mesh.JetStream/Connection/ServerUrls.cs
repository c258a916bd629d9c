using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.JetStream;

/// <summary>Server URLs with their credentials taken out, so that no log line or exception of the client can repeat a secret.</summary>
/// <param name="Text">The URLs without credentials, separated by commas.</param>
/// <param name="UserInfo">The credentials of the first URL that has some, still percent-encoded.</param>
internal sealed record ServerUrls(string Text, string? UserInfo)
{
    private static readonly string[] Schemes = ["nats", "tls", "ws", "wss"];

    public static ServerUrls Parse(string urls)
    {
        string? userInfo = null;
        var clean = new List<string>();
        foreach (string url in urls.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!TryParse(url, out Uri? uri))
                throw new FormatException("a server URL is malformed"); // validated before; the URL may hold a secret
            if (uri.UserInfo.Length > 0)
                userInfo ??= uri.UserInfo;
            clean.Add(new UriBuilder(uri) { UserName = "", Password = "", Port = uri.Port < 0 ? DefaultPort(uri.Scheme) : uri.Port }.Uri.ToString().TrimEnd('/'));
        }
        return new(string.Join(',', clean), userInfo);
    }

    public static bool TryParse(string url, [NotNullWhen(true)] out Uri? uri)
    {
        string full = url.Contains("://", StringComparison.Ordinal) ? url : "nats://" + url;
        return Uri.TryCreate(full, UriKind.Absolute, out uri) && Schemes.Contains(uri.Scheme) && uri.Host.Length > 0;
    }

    private static int DefaultPort(string scheme) => scheme switch
    {
        "ws" => 80,
        "wss" => 443,
        _ => 4222,
    };
}
