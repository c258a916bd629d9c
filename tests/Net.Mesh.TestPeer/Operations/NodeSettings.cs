using System.Text.Json.Nodes;
using Net.Mesh.Channels;
using Net.Mesh.Subnets;
using Net.Mesh.TestPeer.Lines;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>The options of <c>listen</c>, under the names of the contract.</summary>
internal static class NodeSettings
{
    /// <summary>Admits peers of Net 0.27; what a script gets that does not say.</summary>
    public const string AllowReference = "allow_reference";

    private const string SecureOnly = "secure_only";

    private static readonly Dictionary<string, Action<MeshNodeBuilder, JsonNode>> Settings = new()
    {
        ["heartbeat_interval"] = static (builder, value) => builder.Options.HeartbeatInterval = Seconds(value),
        ["session_timeout"] = static (builder, value) => builder.Options.SessionTimeout = Seconds(value),
        ["handshake_timeout"] = static (builder, value) => builder.Options.HandshakeTimeout = Seconds(value),
        ["handshake_attempts"] = static (builder, value) => builder.Options.HandshakeAttempts = value.GetValue<int>(),
        ["stream_idle_timeout"] = static (builder, value) => builder.Options.StreamIdleTimeout = Seconds(value),
        ["max_streams"] = static (builder, value) => builder.Options.MaxStreamsPerPeer = value.GetValue<int>(),
        ["shards"] = static (builder, value) => builder.Options.Shards = value.GetValue<int>(),
        // 0 switches renewal off.
        ["rekey_interval"] = static (builder, value) => builder.Options.RekeyInterval = Seconds(value) is { Ticks: > 0 } interval ? interval : TimeSpan.FromDays(10_000),
        ["handshakes_per_source"] = static (builder, value) => builder.Options.HandshakesPerSecondPerSource = value.GetValue<int>(),
        ["handshakes_in_all"] = static (builder, value) => builder.Options.HandshakesPerSecond = value.GetValue<int>(),
        ["max_tentative"] = static (builder, value) => builder.Options.MaxTentativeSessions = value.GetValue<int>(),
        ["max_peers"] = static (builder, value) => builder.Options.MaxPeers = value.GetValue<int>(),
        ["max_routes"] = static (builder, value) => builder.Options.MaxRoutes = value.GetValue<int>(),
        ["max_inbox"] = static (builder, value) => builder.Options.MaxQueuedEvents = value.GetValue<int>(),
        ["membership_ack_timeout"] = static (builder, value) => builder.WithChannels(channels => channels.MembershipAckTimeout = Seconds(value)),
        ["max_channels_per_peer"] = static (builder, value) => builder.WithChannels(channels => channels.MaxChannelsPerPeer = value.GetValue<int>()),
        ["auth_failures"] = static (builder, value) => Limit(builder, limit => limit with { MaxFailures = value.GetValue<int>() }),
        ["auth_window"] = static (builder, value) => Limit(builder, limit => limit with { Window = Seconds(value) }),
        ["auth_throttle"] = static (builder, value) => Limit(builder, limit => limit with { Throttle = Seconds(value) }),
        ["token_sweep_interval"] = static (builder, value) => builder.WithChannels(channels => channels.TokenSweepInterval = Seconds(value)),
        ["require_signed"] = static (builder, value) => builder.WithCapabilities(capabilities => capabilities.RequireSigned = value.GetValue<bool>()),
        ["min_announce_interval"] = static (builder, value) => builder.WithCapabilities(capabilities => capabilities.MinAnnounceInterval = Seconds(value)),
        ["reannounce_interval"] = static (builder, value) => builder.WithCapabilities(capabilities => capabilities.ReannounceInterval = Seconds(value)),
        ["subnet"] = static (builder, value) => builder.WithSubnet(new SubnetId(value.GetValue<uint>())),
        ["patient"] = Always("patient"),
        ["ordered"] = Always("ordered"),
        ["large_messages"] = Always("large_messages"),
    };

    public static MeshNodeBuilder From(Request request, string profile)
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
        // From the start on, as the contract's nodes do.
        MeshNodeBuilder builder = MeshNode.CreateBuilder(options).WithChannels().WithCapabilities().WithRpc();
        foreach ((string name, JsonNode? value) in request.Object("options"))
        {
            if (!Settings.TryGetValue(name, out Action<MeshNodeBuilder, JsonNode>? set))
                throw new OperationException("not_supported", $"Option '{name}' has no counterpart here; known: {string.Join(", ", Settings.Keys)}.");
            if (value is not null)
                set(builder, value);
        }
        return builder;
    }

    private static TimeSpan Seconds(JsonNode value) => TimeSpan.FromSeconds(value.GetValue<double>());

    private static void Limit(MeshNodeBuilder builder, Func<AuthFailureLimit, AuthFailureLimit> change) =>
        builder.WithChannels(channels => channels.AuthFailures = change(channels.AuthFailures));

    // This node cannot do without.
    private static Action<MeshNodeBuilder, JsonNode> Always(string name) => (_, value) =>
    {
        if (!value.GetValue<bool>())
            throw new OperationException("not_supported", $"'{name}' cannot be switched off here.");
    };
}
