using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>Channels of a node, whatever its dialect.</summary>
internal static partial class ChannelCalls
{
    extension(TestNode node)
    {
        /// <summary>Adds a channel.</summary>
        /// <param name="channel">Its name.</param>
        /// <param name="roots">Whose tokens count; with any here tokens are required.</param>
        public Task RegisterAsync(string channel, params TestNode[] roots)
        {
            var fields = new JsonObject { ["channel"] = channel };
            if (roots.Length > 0)
            {
                fields["require_token"] = true;
                fields["token_roots"] = new JsonArray([.. roots.Select(static root => (JsonNode)root.EntityId)]);
            }
            return node.Lines.CallAsync("register_channel", fields);
        }

        /// <summary>Subscribes; the reason when it is refused, null when it is not.</summary>
        public async Task<string?> SubscribeAsync(TestNode publisher, string channel, string? chain = null, string? queueGroup = null)
        {
            var fields = new JsonObject { ["peer"] = publisher.Id, ["channel"] = channel };
            if (chain is not null)
                fields["chain"] = chain;
            if (queueGroup is not null)
                fields["queue_group"] = queueGroup;
            JsonObject reply = await node.Lines.TryCallAsync("subscribe", fields);
            if (reply["ok"]!.GetValue<bool>())
                return null;
            string? reason = node.Whose == Implementation.Original
                ? Rejected().Match(reply["message"]!.GetValue<string>()) is { Success: true } match ? match.Groups[1].Value : null
                : reply["reason"]?.GetValue<string>();
            return reason ?? throw new InvalidOperationException($"{node.Whose}: no answer to a subscribe: {reply.ToJsonString()}");
        }

        public Task UnsubscribeAsync(TestNode publisher, string channel) =>
            node.Lines.CallAsync("unsubscribe", new() { ["peer"] = publisher.Id, ["channel"] = channel });

        /// <summary>Publishes; how many subscribers it was for, all of which it was handed to the network for.</summary>
        public async Task<int> PublishAsync(string channel, bool isReliable = false, params string[] messages)
        {
            JsonObject reply = await node.Lines.CallAsync("publish", Publish(channel, isReliable, messages));
            (int attempted, int delivered) = Report(node, reply);
            Assert.Equal(attempted, delivered);
            return attempted;
        }

        /// <summary>Whether this node itself is kept from publishing.</summary>
        public async Task<bool> IsDeniedAsync(string channel)
        {
            JsonObject reply = await node.Lines.TryCallAsync("publish", Publish(channel, isReliable: false, ["denied"]));
            return !reply["ok"]!.GetValue<bool>() && (node.Whose == Implementation.Original
                ? reply["message"]!.GetValue<string>().Contains("publish denied", StringComparison.Ordinal)
                : reply["error"]!.GetValue<string>() == "publish_denied");
        }

        /// <summary>A chain of one token of this node's.</summary>
        public async Task<string> GrantAsync(TestNode subject, string channel, string[]? scope = null, int depth = 0, long? now = null)
        {
            JsonObject reply = await node.Lines.CallAsync("issue_token", Grant(subject, channel, scope ?? ["subscribe"], depth, now));
            return reply["chain"]!.GetValue<string>();
        }

        /// <summary>Hands a grant of this node on.</summary>
        public async Task<string> HandOnAsync(string chain, TestNode subject, params string[] scope)
        {
            JsonObject reply = await node.Lines.CallAsync("delegate_token", new()
            {
                ["chain"] = chain,
                ["subject"] = subject.EntityId,
                ["scope"] = new JsonArray([.. scope.Select(static name => (JsonNode)name)]),
            });
            return reply["chain"]!.GetValue<string>();
        }

        /// <summary>Lets another node publish on its own channel, of which this one is a root.</summary>
        public async Task LetPublishAsync(TestNode publisher, string channel)
        {
            JsonObject grant = await node.Lines.CallAsync("issue_token", Grant(publisher, channel, ["publish"], depth: 0, now: null));
            await (publisher.Whose.IsIndependent()
                ? publisher.Lines.CallAsync("set_publish_chain", new() { ["channel"] = channel, ["chain"] = grant["chain"]!.GetValue<string>() })
                : publisher.Lines.CallAsync("install_token", new() { ["token"] = grant["token"]!.GetValue<string>() }));
        }
    }

    private static JsonObject Publish(string channel, bool isReliable, string[] messages) => new()
    {
        ["channel"] = channel,
        ["reliable"] = isReliable,
        ["payloads"] = new JsonArray([.. messages.Select(static message => new JsonObject { ["text"] = message })]),
    };

    private static JsonObject Grant(TestNode subject, string channel, string[] scope, int depth, long? now)
    {
        var fields = new JsonObject
        {
            ["subject"] = subject.EntityId,
            ["scope"] = new JsonArray([.. scope.Select(static name => (JsonNode)name)]),
            ["channel"] = channel,
            ["depth"] = depth,
        };
        if (now is { } second)
            fields["now"] = second;
        return fields;
    }

    private static (int Attempted, int Delivered) Report(TestNode node, JsonObject reply)
    {
        if (node.Whose != Implementation.Original)
            return (reply["attempted"]!.GetValue<int>(), reply["delivered"]!.GetValue<int>());
        Match match = ReportText().Match(reply["report"]!.GetValue<string>());
        return (Number(match, 1), Number(match, 2));
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"rejected: Some\((\w+)\)")]
    private static partial Regex Rejected();

    [GeneratedRegex(@"attempted: (\d+), delivered: (\d+)")]
    private static partial Regex ReportText();
}
