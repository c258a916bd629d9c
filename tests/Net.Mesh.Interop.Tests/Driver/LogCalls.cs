using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>An event of a log as either implementation tells it.</summary>
internal sealed record LogRecord(ulong Seq, bool IsInline, uint Checksum, string Hex);

/// <summary>Logs of a peer; the lines of both implementations agree on these.</summary>
internal static class LogCalls
{
    extension(LinePeer peer)
    {
        public Task<JsonObject> OpenLogAsync(string channel, string? directory = null, string fsync = "never", JsonObject? more = null)
        {
            JsonObject fields = more ?? [];
            fields["channel"] = channel;
            fields["fsync"] = int.TryParse(fsync, out int entries) ? entries : fsync;
            if (fsync == "interval")
                fields["fsync_ms"] = 20;
            if (directory is not null)
                fields["dir"] = directory;
            return peer.CallAsync("redex_open", fields);
        }

        public Task AppendAsync(string channel, params string[] texts) =>
            peer.CallAsync("redex_append", new() { ["channel"] = channel, ["payloads"] = Texts(texts) });

        public Task AppendBatchAsync(string channel, params string[] texts) =>
            peer.CallAsync("redex_append", new() { ["channel"] = channel, ["payloads"] = Texts(texts), ["batch"] = true });

        public Task AppendInlineAsync(string channel, string text) =>
            peer.CallAsync("redex_append", new() { ["channel"] = channel, ["text"] = text, ["inline"] = true });

        public async Task<IReadOnlyList<LogRecord>> ReadLogAsync(string channel, int limit = 1000)
        {
            JsonObject reply = await peer.CallAsync("redex_read", new() { ["channel"] = channel, ["from"] = 0, ["limit"] = limit });
            return
            [
                .. reply["events"]!.AsArray().Select(static read => new LogRecord(
                    read!["seq"]!.GetValue<ulong>(), read["inline"]!.GetValue<bool>(), read["checksum"]!.GetValue<uint>(), read["data"]!.GetValue<string>())),
            ];
        }

        /// <summary>Opens a log that is replicated among some nodes, in memory.</summary>
        public Task<JsonObject> ReplicateAsync(string channel, IEnumerable<string> members, int heartbeatMs = 150, JsonObject? more = null)
        {
            JsonObject fields = more ?? [];
            fields["channel"] = channel;
            fields["members"] = new JsonArray([.. members.Select(static id => (JsonNode)id)]);
            fields["heartbeat_ms"] = heartbeatMs;
            fields["placement"] = "pinned";
            return peer.CallAsync("redex_replicate", fields);
        }

        /// <summary>Changes the node's part in a log, as an operator does.</summary>
        public Task SetRoleAsync(string channel, string role) => peer.CallAsync("redex_role", new() { ["channel"] = channel, ["role"] = role });

        /// <summary>The node's part in a log: Leader, Replica, Candidate or Idle.</summary>
        public async Task<string> RoleAsync(string channel) =>
            (await peer.CallAsync("redex_status", new() { ["channel"] = channel }))["role"]!.GetValue<string>();

        public Task AppendFillAsync(string channel, int count, int length) => peer.CallAsync("redex_append", new()
        {
            ["channel"] = channel,
            ["payloads"] = new JsonArray([.. Enumerable.Range(0, count).Select(_ => (JsonNode)new JsonObject { ["fill"] = length })]),
        });

        /// <summary>The next sequence of a log.</summary>
        public async Task<ulong> NextSeqAsync(string channel) =>
            (await peer.CallAsync("redex_status", new() { ["channel"] = channel }))["next_seq"]!.GetValue<ulong>();

        /// <summary>Closes the log and lets go of the directory.</summary>
        public Task CloseLogAsync(string channel) => peer.CallAsync("redex_close", new() { ["channel"] = channel, ["forget_store"] = true });
    }

    private static JsonArray Texts(string[] texts) => [.. texts.Select(static text => (JsonNode)new JsonObject { ["text"] = text })];
}
