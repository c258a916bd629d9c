using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>What is known of a node: its tags, and its metadata.</summary>
internal sealed record Known(IReadOnlyList<string> Tags, IReadOnlyDictionary<string, string> Metadata);

/// <summary>Announcing and finding, whatever the dialect of a node.</summary>
internal static class CapabilityCalls
{
    extension(TestNode node)
    {
        /// <summary>Announces tags; metadata are pairs of one key and one value.</summary>
        public Task AnnounceAsync(string tag, (string Key, string Value)? metadata = null, bool isSigned = true, int? ttl = null)
        {
            var fields = new JsonObject { ["tags"] = new JsonArray(tag), ["sign"] = isSigned };
            if (metadata is { } entry)
                fields["metadata"] = new JsonObject { [entry.Key] = entry.Value };
            if (ttl is { } seconds)
                fields["ttl"] = seconds;
            return node.Lines.CallAsync("announce", fields);
        }

        /// <summary>Whether a node with this tag is known.</summary>
        public async Task<bool> FindsAsync(TestNode wanted, string tag)
        {
            JsonObject reply = await node.Lines.CallAsync("nodes", new() { ["tags"] = new JsonArray(tag) });
            return reply["nodes"]!.AsArray().Any(found => IdOf(found!) == wanted.Id);
        }

        /// <summary>Waits until a node with this tag is known.</summary>
        public async Task WaitToFindAsync(TestNode wanted, string tag)
        {
            try
            {
                await Until.TrueAsync(() => node.FindsAsync(wanted, tag), "");
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"{node.Whose} does not know that {wanted.Whose} has '{tag}'.\nIt: {await node.FiguresAsync()}\nThe other: {await wanted.FiguresAsync()}");
            }
        }

        /// <summary>What a node has counted, for the message of a failure.</summary>
        public async Task<string> FiguresAsync() => node.Whose == Implementation.Original
            ? (await node.Lines.CallAsync("peers")).ToJsonString()
            : $"{node.Address}: " + string.Join(", ", (await node.Lines.CallAsync("stats"))["counters"]!.AsObject().Where(static counter => counter.Value!.GetValue<long>() != 0));

        /// <summary>Waits until no node with this tag is known.</summary>
        public Task WaitToLoseAsync(TestNode wanted, string tag) =>
            Until.TrueAsync(async () => !await node.FindsAsync(wanted, tag), $"{node.Whose} still believes that {wanted.Whose} has '{tag}'", TimeSpan.FromSeconds(40));

        /// <summary>Announces something and waits until another node knows it, which then also knows who this one is.</summary>
        public async Task PresentToAsync(TestNode other)
        {
            string tag = $"presented.{Guid.NewGuid():n}";
            await node.AnnounceAsync(tag);
            await other.WaitToFindAsync(node, tag);
        }

        /// <summary>What is known of a node.</summary>
        public async Task<Known> KnowsAsync(TestNode wanted)
        {
            if (node.Whose == Implementation.Original)
                return Read(await node.Lines.CallAsync("capabilities", new() { ["peer"] = wanted.Id }));
            JsonObject reply = await node.Lines.CallAsync("nodes");
            return Read(reply["nodes"]!.AsArray().Single(found => IdOf(found!) == wanted.Id)!.AsObject());
        }

        /// <summary>How many hops an announcement came; the original does not say.</summary>
        public async Task<int> HopsToAsync(TestNode wanted)
        {
            JsonObject reply = await node.Lines.CallAsync("nodes");
            return reply["nodes"]!.AsArray().Single(found => IdOf(found!) == wanted.Id)!["hop_count"]!.GetValue<int>();
        }
    }

    // The original lists ids, the others what they know.
    private static string IdOf(JsonNode found) => TestNode.Normal((found is JsonObject described ? described["node_id"]! : found).GetValue<string>());

    private static Known Read(JsonObject described) => new(
        [.. described["tags"]!.AsArray().Select(static tag => tag!.GetValue<string>())],
        described["metadata"]!.AsObject().ToDictionary(static entry => entry.Key, static entry => entry.Value!.GetValue<string>()));
}
