using System.Text.Json.Nodes;
using Net.Mesh.Capabilities;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>What nodes can do: announce, nodes, service_nodes.</summary>
internal sealed class CapabilityOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["announce"] = AnnounceAsync;
        operations["nodes"] = NodesAsync;
        operations["service_nodes"] = ServiceNodesAsync;
    }

    private async Task<JsonObject?> AnnounceAsync(Request request)
    {
        MeshCapabilities capabilities = host.Current.Node.Capabilities;
        bool isInternal = request.Flag("internal");
        CapabilitySet announced = CapabilitySet.FromTags(request.Texts("tags").Select(tag => Read(tag, isInternal)));
        foreach ((string key, JsonNode? value) in request.Object("metadata"))
            announced = announced.WithMetadata(key, value!.GetValue<string>());
        await capabilities.AnnounceAsync(announced, new AnnounceOptions
        {
            Ttl = request.Seconds("ttl", 300),
            Sign = request.Flag("sign", otherwise: true),
            AllowedNodes = [.. request.Numbers("allowed_nodes").Select(static node => new NodeId(node))],
            AllowedSubnets = [.. request.Texts("allowed_subnets").Select(static id => new CapabilitySubnetId(Convert.FromHexString(id)))],
            AllowedGroups = [.. request.Texts("allowed_groups").Select(static id => new CapabilityGroupId(Convert.FromHexString(id)))],
        });
        capabilities.Index.TryGet(host.Current.Node.NodeId, out CapabilityAnnouncement? own);
        return new() { ["version"] = own!.Version, ["size"] = own.ToBytes().Length };
    }

    private Task<JsonObject?> NodesAsync(Request request)
    {
        MeshCapabilities capabilities = host.Current.Node.Capabilities;
        var filter = new CapabilityFilter();
        foreach (string tag in request.Texts("tags"))
            filter = filter.RequireTag(tag);
        var nodes = new JsonArray();
        foreach (NodeId id in capabilities.FindNodes(filter, Scope(request)))
        {
            if (capabilities.Index.TryGet(id, out CapabilityAnnouncement? announcement))
                nodes.Add(Show(announcement));
        }
        return Task.FromResult<JsonObject?>(new() { ["nodes"] = nodes });
    }

    private Task<JsonObject?> ServiceNodesAsync(Request request)
    {
        JsonNode?[] nodes = [.. host.Current.Node.Capabilities.Index.FindServiceNodes(request.Text("service")).Select(static node => Shown.Id(node))];
        return Task.FromResult<JsonObject?>(new() { ["nodes"] = new JsonArray(nodes) });
    }

    private static JsonObject Show(CapabilityAnnouncement announcement)
    {
        var metadata = new JsonObject();
        foreach ((string key, string value) in announcement.Capabilities.Metadata)
            metadata[key] = value;
        JsonNode?[] tags = [.. announcement.Capabilities.Tags.Select(static tag => tag.Text).Order(StringComparer.Ordinal).Select(static text => (JsonNode)text)];
        return new()
        {
            ["node_id"] = Shown.Id(announcement.NodeId),
            ["entity_id"] = Shown.Hex(announcement.EntityId.AsSpan()),
            ["version"] = announcement.Version,
            ["hop_count"] = announcement.HopCount,
            ["tags"] = new JsonArray(tags),
            ["metadata"] = metadata,
            ["reflex_addr"] = announcement.ReflexAddress?.ToString(),
        };
    }

    // The contract lets scripts write scopes, and all that is reserved when they say so.
    private static Tag Read(string tag, bool isInternal) =>
        isInternal || tag.StartsWith("scope:", StringComparison.Ordinal) ? Tag.Parse(tag) : Tag.ParseUser(tag);

    private static ScopeFilter Scope(Request request) => request.Text("scope", "any") switch
    {
        "any" => ScopeFilter.Any,
        "global_only" => ScopeFilter.GlobalOnly,
        "same_subnet" => ScopeFilter.SameSubnet,
        "tenant" or "tenants" => ScopeFilter.Tenants(request.Texts("arguments")),
        "region" or "regions" => ScopeFilter.Regions(request.Texts("arguments")),
        var other => throw new OperationException("invalid", $"'{other}' is no scope: any, global_only, same_subnet, tenant or region."),
    };
}
