using System.Text.Json.Nodes;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>The options of <c>listen</c>, under the names of the contract.</summary>
internal static class NodeSettings
{
    /// <summary>Admits peers of Net 0.27; what a script gets that does not say.</summary>
    public const string AllowReference = "allow_reference";

    private const string SecureOnly = "secure_only";

    private static readonly Dictionary<string, Action<MeshNodeOptions, JsonNode>> Settings = new()
    {
        ["heartbeat_interval"] = static (options, value) => options.HeartbeatInterval = Seconds(value),
        ["session_timeout"] = static (options, value) => options.SessionTimeout = Seconds(value),
        ["handshake_timeout"] = static (options, value) => options.HandshakeTimeout = Seconds(value),
        ["handshake_attempts"] = static (options, value) => options.HandshakeAttempts = value.GetValue<int>(),
        ["stream_idle_timeout"] = static (options, value) => options.StreamIdleTimeout = Seconds(value),
        ["max_streams"] = static (options, value) => options.MaxStreamsPerPeer = value.GetValue<int>(),
        ["shards"] = static (options, value) => options.Shards = value.GetValue<int>(),
        // 0 switches renewal off.
        ["rekey_interval"] = static (options, value) => options.RekeyInterval = Seconds(value) is { Ticks: > 0 } interval ? interval : TimeSpan.FromDays(10_000),
        ["handshakes_per_source"] = static (options, value) => options.HandshakesPerSecondPerSource = value.GetValue<int>(),
        ["handshakes_in_all"] = static (options, value) => options.HandshakesPerSecond = value.GetValue<int>(),
        ["max_tentative"] = static (options, value) => options.MaxTentativeSessions = value.GetValue<int>(),
        ["max_peers"] = static (options, value) => options.MaxPeers = value.GetValue<int>(),
        ["max_routes"] = static (options, value) => options.MaxRoutes = value.GetValue<int>(),
        ["max_inbox"] = static (options, value) => options.MaxQueuedEvents = value.GetValue<int>(),
        ["patient"] = Always("patient"),
        ["ordered"] = Always("ordered"),
        ["large_messages"] = Always("large_messages"),
    };

    public static MeshNodeOptions From(Request request, string profile)
    {
        var options = new MeshNodeOptions
        {
            Bind = request.Text("bind", "127.0.0.1:0"),
            PreSharedKey = request.Hex("psk"),
            PeerAdmission = profile switch
            {
                AllowReference => PeerAdmission.AllowReference,
                SecureOnly => PeerAdmission.SecureOnly,
                "reference" => throw new OperationException("not_supported", $"This node always offers the secure profile; take {AllowReference}."),
                _ => throw new OperationException("invalid", $"'{profile}' is no profile: {AllowReference} or {SecureOnly}."),
            },
        };
        foreach ((string name, JsonNode? value) in request.Object("options"))
        {
            if (!Settings.TryGetValue(name, out Action<MeshNodeOptions, JsonNode>? set))
                throw new OperationException("not_supported", $"Option '{name}' has no counterpart here; known: {string.Join(", ", Settings.Keys)}.");
            if (value is not null)
                set(options, value);
        }
        return options;
    }

    private static TimeSpan Seconds(JsonNode value) => TimeSpan.FromSeconds(value.GetValue<double>());

    // This node cannot do without.
    private static Action<MeshNodeOptions, JsonNode> Always(string name) => (_, value) =>
    {
        if (!value.GetValue<bool>())
            throw new OperationException("not_supported", $"'{name}' cannot be switched off here.");
    };
}
