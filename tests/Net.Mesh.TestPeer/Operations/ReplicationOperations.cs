using System.Text.Json.Nodes;
using Net.Mesh.Cortex;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>Replicated logs: redex_replicate, redex_role, redex_status. They need a node.</summary>
internal sealed class ReplicationOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["redex_replicate"] = ReplicateAsync;
        operations["redex_role"] = RoleAsync;
        operations["redex_status"] = StatusAsync;
    }

    private Task<JsonObject?> ReplicateAsync(Request request)
    {
        string? directory = request.Has("dir") ? request.Text("dir") : null;
        Redex redex = host.Logs.Open(Store(request), directory);
        redex.EnableReplication(host.Current.Node);
        RedexFile file = redex.Open(request.Channel(), RedexOperations.OptionsOf(request, directory) with { Replication = OptionsOf(request) });
        JsonObject reply = RedexOperations.Describe(file);
        reply["role"] = redex.GetReplicationCoordinator(file.Name)!.Role.ToString();
        return Task.FromResult<JsonObject?>(reply);
    }

    private async Task<JsonObject?> RoleAsync(Request request)
    {
        ReplicationCoordinator coordinator = host.Logs.Find(Store(request))?.GetReplicationCoordinator(request.Channel())
            ?? throw new OperationException("invalid", "redex_replicate first");
        string role = request.Text("role");
        if (!Enum.TryParse(role, ignoreCase: true, out ReplicaRole target) || !Enum.IsDefined(target))
            throw new OperationException("invalid", $"no role {role}");
        // As an operator does: one step after the other.
        foreach ((ReplicaRole from, ReplicaRole to, TransitionSignal signal) in StepsTo(target))
        {
            if (coordinator.Role == from && coordinator.Role != target)
                await coordinator.TransitionToAsync(to, signal);
        }
        return coordinator.Role == target
            ? new() { ["role"] = coordinator.Role.ToString() }
            : throw new OperationException("invalid", $"{coordinator.Role} does not become {target}");
    }

    private Task<JsonObject?> StatusAsync(Request request)
    {
        Redex? redex = host.Logs.Find(Store(request));
        var reply = new JsonObject
        {
            ["channels"] = new JsonArray([.. (redex?.GetReplicationStatus() ?? []).Select(static status => (JsonNode)new JsonObject
            {
                ["channel"] = status.Channel,
                ["role"] = status.Role.ToString(),
                ["tail_seq"] = status.TailSeq,
                ["leader"] = status.Leader is { } leader ? Shown.Id(leader) : null,
                ["replicated_seq"] = status.ReplicatedSeq,
            })]),
            ["metrics"] = new JsonArray([.. (redex?.ReplicationPrometheusText() ?? "").Split('\n').Where(static line => line.Length > 0 && line[0] != '#').Select(static line => (JsonNode)line)]),
            ["runtimes"] = redex?.ReplicationRuntimeCount ?? 0,
        };
        if (!request.Has("channel") || redex?.GetReplicationCoordinator(request.Channel()) is not { } coordinator || !redex.TryGetFile(coordinator.Channel, out RedexFile? file))
            return Task.FromResult<JsonObject?>(reply);
        foreach ((string name, JsonNode? value) in RedexOperations.Describe(file))
            reply[name] = value?.DeepClone();
        reply["role"] = coordinator.Role.ToString();
        reply["tail_seq"] = coordinator.TailSeq;
        reply["leader"] = coordinator.Leader is { } known ? Shown.Id(known) : null;
        return Task.FromResult<JsonObject?>(reply);
    }

    private static IEnumerable<(ReplicaRole From, ReplicaRole To, TransitionSignal Signal)> StepsTo(ReplicaRole target) => target switch
    {
        ReplicaRole.Idle =>
        [
            (ReplicaRole.Leader, ReplicaRole.Idle, TransitionSignal.GracefulRelinquish),
            (ReplicaRole.Replica, ReplicaRole.Idle, TransitionSignal.ChannelClose),
            (ReplicaRole.Candidate, ReplicaRole.Idle, TransitionSignal.ChannelClose),
        ],
        ReplicaRole.Replica =>
        [
            (ReplicaRole.Idle, ReplicaRole.Replica, TransitionSignal.CapabilitySelected),
            (ReplicaRole.Candidate, ReplicaRole.Replica, TransitionSignal.ElectionLost),
            (ReplicaRole.Leader, ReplicaRole.Replica, TransitionSignal.PeerLeaderObserved),
        ],
        _ =>
        [
            (ReplicaRole.Idle, ReplicaRole.Replica, TransitionSignal.CapabilitySelected),
            (ReplicaRole.Replica, ReplicaRole.Candidate, TransitionSignal.MissedHeartbeats),
            (ReplicaRole.Candidate, ReplicaRole.Leader, TransitionSignal.ElectionWon),
        ],
    };

    private static ReplicationOptions OptionsOf(Request request)
    {
        var options = new ReplicationOptions();
        return options with
        {
            Placement = request.Text("placement", "pinned") switch
            {
                "pinned" => PlacementStrategy.Pinned([.. request.Numbers("members").Select(static id => new NodeId(id))]),
                "standard" => PlacementStrategy.Standard,
                "colocation_strict" => PlacementStrategy.ColocationStrict,
                var other => throw new OperationException("invalid", $"no placement {other}"),
            },
            Factor = (int)request.Number("factor", (ulong)options.Factor),
            Heartbeat = TimeSpan.FromMilliseconds(request.Real("heartbeat_ms", options.Heartbeat.TotalMilliseconds)),
            PinnedLeader = request.Has("leader") ? request.Node("leader") : null,
            OnUnderCapacity = request.Text("under_capacity", "withdraw") == "evict_oldest" ? UnderCapacityPolicy.EvictOldest : UnderCapacityPolicy.Withdraw,
            DefaultBandwidthClass = Enum.Parse<BandwidthClass>(request.Text("class", nameof(BandwidthClass.Foreground)), ignoreCase: true),
            StartsByItself = request.Flag("starts", true),
            AllowsLocalAppends = request.Flag("local_appends"),
        };
    }

    private static string Store(Request request) => request.Text("store", LogStores.Default);
}
