using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>How a node of a test is set up; what is left out is the implementation's default.</summary>
internal sealed record TestNodePlan
{
    public TimeSpan? Heartbeat { get; init; }

    public TimeSpan? SessionTimeout { get; init; }

    public TimeSpan? HandshakeTimeout { get; init; }

    public int? HandshakeAttempts { get; init; }

    /// <summary>32 bytes of this; without it the node is somebody new.</summary>
    public byte? Seed { get; init; }

    public string Bind { get; init; } = "127.0.0.1:0";

    /// <summary>Our node refuses peers of Net 0.27.</summary>
    public bool IsSecureOnly { get; init; }

    public bool? RequireSigned { get; init; }

    /// <summary>Not of the original, where it is 1024.</summary>
    public int? MaxChannelsPerPeer { get; init; }

    /// <summary>The original answers no handshake before it is started.</summary>
    public bool IsStarted { get; init; } = true;
}

/// <summary>A node of some implementation; the three dialects of their lines end here.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    private static readonly string Psk = string.Concat(Enumerable.Repeat("42", 32));

    private readonly JsonObject _listening;

    private readonly bool _isShared;
    private TestNode? _partner;

    private TestNode(Implementation whose, LinePeer lines, JsonObject listening, bool isShared = false)
    {
        _isShared = isShared;
        Whose = whose;
        Lines = lines;
        _listening = listening;
        Id = Normal(listening["node_id"]!.GetValue<string>());
        EntityId = listening["entity_id"]!.GetValue<string>();
        PublicKey = listening["public_key"]!.GetValue<string>();
        Address = listening["addr"]!.GetValue<string>();
        Ticket = listening["ticket"]?.GetValue<string>();
    }

    public LinePeer Lines { get; }

    public Implementation Whose { get; }

    public string Id { get; }

    public string EntityId { get; }

    public string PublicKey { get; }

    public string Address { get; }

    public string? Ticket { get; }

    public IPEndPoint EndPoint => IPEndPoint.Parse(Address);

    public static async Task<TestNode> StartAsync(Implementation whose, TestNodePlan? plan = null)
    {
        plan ??= new();
        LinePeer lines = whose.Start();
        try
        {
            var node = new TestNode(whose, lines, await lines.CallAsync("listen", Listen(whose, plan)));
            if (whose == Implementation.Original && plan.IsStarted)
                await lines.CallAsync("start");
            return node;
        }
        catch
        {
            await lines.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// The same node for another test, which ends without it. It hears only <paramref name="partner"/>.
    /// </summary>
    public TestNode SharedWith(TestNode partner) => new(Whose, Lines, _listening, isShared: true) { _partner = partner };

    /// <summary>Dials a node, through another one when that is given.</summary>
    public Task<JsonObject> ConnectAsync(TestNode other, string via = "routed", TestNode? through = null, TimeSpan? limit = null) =>
        Lines.CallAsync("connect", Dial(other, via, through), limit);

    /// <summary>Dials, which may fail.</summary>
    public Task<JsonObject> TryConnectAsync(TestNode other, string via = "routed", TestNode? through = null, TimeSpan? limit = null) =>
        Lines.TryCallAsync("connect", Dial(other, via, through), limit);

    /// <summary>Waits for a direct handshake.</summary>
    public Task<JsonObject> AcceptAsync(TestNode caller) => Lines.CallAsync("accept", new() { ["node_id"] = caller.Id });

    /// <summary>Waits until a peer has a session here.</summary>
    public async Task WaitForPeerAsync(TestNode peer, TimeSpan? limit = null) =>
        await Until.TrueAsync(async () => await HasPeerAsync(peer), $"{Whose} has no session with {peer.Id}", limit);

    /// <summary>Whether a peer has a session here.</summary>
    public async Task<bool> HasPeerAsync(TestNode peer) => Whose == Implementation.Original
        ? (await Lines.TryCallAsync("peer", new() { ["peer"] = peer.Id })) is { } reply && reply["ok"]!.GetValue<bool>() && reply["addr"] is not null
        : await PeerAsync(peer) is not null;

    /// <summary>What a node of ours, or the independent one, says of a peer.</summary>
    public async Task<JsonObject?> PeerAsync(TestNode peer)
    {
        JsonObject reply = await Lines.CallAsync("peers");
        return reply["peers"]!.AsArray().Select(static entry => entry!.AsObject()).FirstOrDefault(entry => Normal(entry["node_id"]!.GetValue<string>()) == peer.Id);
    }

    public Task OpenStreamAsync(TestNode peer, ulong id, bool isReliable, int? window = null, bool isScheduled = false)
    {
        var fields = new JsonObject { ["peer"] = peer.Id, ["stream_id"] = id, ["reliable"] = isReliable };
        if (window is { } bytes)
            fields["window"] = bytes;
        if (isScheduled)
            fields["scheduled"] = true;
        return Lines.CallAsync("open_stream", fields);
    }

    /// <summary>Sends messages in order, each in a packet of its own.</summary>
    public async Task SendAsync(TestNode peer, ulong stream, IEnumerable<string> messages, TimeSpan? limit = null)
    {
        if (Whose == Implementation.Original)
        {
            JsonNode?[] payloads = [.. messages.Select(static message => new JsonObject { ["text"] = message })];
            await Lines.CallAsync("send", new() { ["peer"] = peer.Id, ["stream_id"] = stream, ["payloads"] = new JsonArray(payloads), ["batch"] = 1 }, limit ?? TimeSpan.FromSeconds(60));
            return;
        }
        foreach (string message in messages)
            await Lines.CallAsync("send", new() { ["peer"] = peer.Id, ["stream_id"] = stream, ["text"] = message, ["timeout"] = 30 }, limit ?? TimeSpan.FromSeconds(40));
    }

    /// <summary>Takes what has arrived, waiting a little for the first of it. The original does not know channels apart.</summary>
    public async Task<IReadOnlyList<string>> TakeAsync(TimeSpan? wait = null, string? channel = null)
    {
        TimeSpan patience = wait ?? TimeSpan.FromMilliseconds(250);
        var fields = new JsonObject { ["limit"] = 10_000 };
        if (Whose == Implementation.Original)
            fields["timeout_ms"] = (int)patience.TotalMilliseconds;
        else
            fields["timeout"] = patience.TotalSeconds;
        if (_partner is not null)
            fields["peer"] = _partner.Id;
        if (channel is not null && Whose != Implementation.Original)
            fields["channel"] = channel;
        JsonObject reply = await Lines.CallAsync("recv", fields);
        return [.. reply["events"]!.AsArray().Select(static entry => Encoding.UTF8.GetString(Convert.FromHexString(entry!["data"]!.GetValue<string>())))];
    }

    /// <summary>Takes until <paramref name="isEnough"/>; everything that came, in its order.</summary>
    public async Task<List<string>> TakeUntilAsync(Func<List<string>, bool> isEnough, TimeSpan? limit = null, string? channel = null)
    {
        var taken = new List<string>();
        using var over = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(30));
        while (!isEnough(taken) && !over.IsCancellationRequested)
            taken.AddRange(await TakeAsync(channel: channel));
        return taken;
    }

    /// <summary>Our transport, or the independent peer's, loses so much.</summary>
    public Task ImpairAsync(double lossOut, double lossIn, int seed) =>
        Lines.CallAsync("impair", new() { ["loss_out"] = lossOut, ["loss_in"] = lossIn, ["seed"] = seed });

    /// <summary>A counter of our node.</summary>
    public async Task<long> CounterAsync(string name) => (await Lines.CallAsync("stats"))["counters"]![name]?.GetValue<long>() ?? 0;

    /// <summary>A stream of ours, or of the independent peer, in figures.</summary>
    public async Task<JsonObject?> StreamAsync(TestNode peer, ulong id)
    {
        JsonObject reply = await Lines.CallAsync("streams", new() { ["peer"] = peer.Id });
        string wanted = string.Create(CultureInfo.InvariantCulture, $"0x{id:x16}");
        return reply["streams"]!.AsArray().Select(static entry => entry!.AsObject()).FirstOrDefault(entry => entry["stream_id"]!.GetValue<string>() == wanted);
    }

    /// <summary>Waits for a change of a peer.</summary>
    public Task<JsonObject> PeerEventAsync(string state, TestNode peer, TimeSpan? limit = null) =>
        Lines.EventAsync(happened => IsPeerEvent(happened, state, peer), $"'{state}' of {peer.Id}", limit);

    public bool HadPeerEvent(string state, TestNode peer) => Lines.HasEvent(happened => IsPeerEvent(happened, state, peer));

    public ValueTask DisposeAsync() => _isShared ? ValueTask.CompletedTask : Lines.DisposeAsync();

    private static bool IsPeerEvent(JsonObject happened, string state, TestNode peer) =>
        happened["event"]!.GetValue<string>() == "peer" && happened["state"]!.GetValue<string>() == state && happened["peer"]!.GetValue<string>() == peer.Id;

    /// <summary>An id in the form that all have in common: the original leaves out leading zeros.</summary>
    public static string Normal(string id) => string.Create(CultureInfo.InvariantCulture, $"0x{Convert.ToUInt64(id, 16):x16}");

    private static JsonObject Dial(TestNode other, string via, TestNode? through) => new()
    {
        ["addr"] = (through ?? other).Address,
        ["public_key"] = other.PublicKey,
        ["node_id"] = other.Id,
        ["via"] = via,
    };

    private static JsonObject Listen(Implementation whose, TestNodePlan plan)
    {
        var fields = new JsonObject { ["psk"] = Psk, ["bind"] = plan.Bind };
        if (plan.Seed is { } seed)
            fields["seed"] = Convert.ToHexStringLower([.. Enumerable.Repeat(seed, 32)]);
        if (whose == Implementation.Original)
        {
            if (plan.Heartbeat is { } heartbeat)
                fields["heartbeat_ms"] = (int)heartbeat.TotalMilliseconds;
            if (plan.SessionTimeout is { } timeout)
                fields["session_timeout_ms"] = (int)timeout.TotalMilliseconds;
            fields["min_announce_ms"] = 0;
            if (plan.RequireSigned is { } isSigned)
                fields["require_signed"] = isSigned;
            return fields;
        }
        fields["profile"] = whose switch
        {
            Implementation.IndependentReference => "reference",
            Implementation.IndependentSecure => "allow_reference",
            _ => plan.IsSecureOnly ? "secure_only" : "allow_reference",
        };
        fields["options"] = Options(whose, plan);
        return fields;
    }

    private static JsonObject Options(Implementation whose, TestNodePlan plan)
    {
        var options = new JsonObject();
        if (plan.Heartbeat is { } heartbeat)
            options["heartbeat_interval"] = heartbeat.TotalSeconds;
        if (plan.SessionTimeout is { } timeout)
            options["session_timeout"] = timeout.TotalSeconds;
        if (plan.HandshakeTimeout is { } wait)
            options["handshake_timeout"] = wait.TotalSeconds;
        if (plan.HandshakeAttempts is { } attempts)
            options["handshake_attempts"] = attempts;
        options["min_announce_interval"] = 0;
        if (plan.RequireSigned is { } isSigned)
            options["require_signed"] = isSigned;
        if (plan.MaxChannelsPerPeer is { } channels)
            options["max_channels_per_peer"] = channels;
        // On a busy machine three quick resends are too few.
        if (whose.IsIndependent())
            options["patient"] = true;
        return options;
    }
}
