using System.Text.Json.Nodes;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Identities;
using Net.Mesh.Subnets;
using Net.Mesh.TestPeer.Lines;
using Net.Mesh.TestPeer.Peers;
using Net.Mesh.Wire;

namespace Net.Mesh.TestPeer.Operations;

/// <summary>Channels: register_channel, subscribe, unsubscribe, publish, roster, set_publish_chain.</summary>
internal sealed class ChannelOperations(TestPeerHost host)
{
    public void AddTo(Dictionary<string, Operation> operations)
    {
        operations["register_channel"] = RegisterAsync;
        operations["subscribe"] = SubscribeAsync;
        operations["unsubscribe"] = UnsubscribeAsync;
        operations["publish"] = PublishAsync;
        operations["roster"] = RosterAsync;
        operations["set_publish_chain"] = SetPublishChainAsync;
    }

    private Task<JsonObject?> RegisterAsync(Request request)
    {
        MeshNode node = host.Current.Node;
        ChannelName name = request.Channel();
        var config = new ChannelConfig(name)
        {
            Visibility = VisibilityOf(request.Text("visibility", "global")),
            RequireToken = request.Flag("require_token"),
            TokenRoots = [.. request.Texts("token_roots").Select(static root => new EntityId(Convert.FromHexString(root)))],
            SubscribeCaps = Announced(request.Texts("subscribe_tags")),
            PublishCaps = Announced(request.Texts("publish_tags")),
        };
        if (request.Flag("is_prefix"))
            node.Channels.Desk.Configs.InsertPrefix(name.ToString(), config);
        else
            node.Channels.Register(config);
        return Task.FromResult<JsonObject?>(new()
        {
            ["channel_hash"] = Shown.Id(name.Hash.Value),
            ["stream_id"] = Shown.Id(StreamIds.ForChannel(name.Hash.Value)),
        });
    }

    private async Task<JsonObject?> SubscribeAsync(Request request)
    {
        var options = new ChannelSubscribeOptions
        {
            Chain = request.OptionalHex("chain") is { } chain ? TokenChain.Parse(chain) : null,
            QueueGroup = request.Has("queue_group") ? request.Text("queue_group") : null,
        };
        await host.Current.Subscriptions.SubscribeAsync(request.Node("peer"), request.Channel(), options);
        return null;
    }

    private async Task<JsonObject?> UnsubscribeAsync(Request request)
    {
        await host.Current.Subscriptions.UnsubscribeAsync(request.Node("peer"), request.Channel());
        return null;
    }

    private async Task<JsonObject?> PublishAsync(Request request)
    {
        var options = new PublishOptions
        {
            Reliability = request.Flag("reliable") ? Reliability.Reliable : Reliability.FireAndForget,
            OnFailure = OnFailure.Collect,
        };
        RunningNode running = host.Current;
        PublishReport report = await running.Node.Channels.PublishManyAsync(request.Channel(), request.Payloads(), options, running.Stopping);
        JsonNode?[] errors = [.. report.Errors.Select(static failed => new JsonObject { ["peer"] = Shown.Id(failed.Peer), ["error"] = failed.Message })];
        return new() { ["attempted"] = report.Attempted, ["delivered"] = report.Delivered, ["errors"] = new JsonArray(errors) };
    }

    private Task<JsonObject?> RosterAsync(Request request)
    {
        JsonNode?[] members = [.. host.Current.Node.Channels.Subscribers(request.Channel()).Select(static member => new JsonObject { ["node_id"] = Shown.Id(member) })];
        return Task.FromResult<JsonObject?>(new() { ["members"] = new JsonArray(members) });
    }

    private Task<JsonObject?> SetPublishChainAsync(Request request)
    {
        host.Current.Node.Channels.SetPublishChain(request.Channel(), TokenChain.Parse(request.Hex("chain")));
        return Task.FromResult<JsonObject?>(null);
    }

    private static Visibility VisibilityOf(string text)
    {
        foreach (Visibility visibility in Enum.GetValues<Visibility>())
        {
            if (visibility.ToText() == text)
                return visibility;
        }
        throw new OperationException("invalid", $"'{text}' is no visibility: {string.Join(", ", Enum.GetValues<Visibility>().Select(static known => known.ToText()))}.");
    }

    // Every tag has to be there; null for no tags.
    private static CapabilityFilter? Announced(IReadOnlyList<string> tags) => tags.Count == 0
        ? null
        : tags.Aggregate(CapabilityFilter.Any, static (filter, tag) => filter.RequireTag(tag));
}
