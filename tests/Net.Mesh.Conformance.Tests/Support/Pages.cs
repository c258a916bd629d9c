using System.Text;
using System.Text.Json;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Compares what a poll gave with what the vectors say.</summary>
internal static class Pages
{
    /// <param name="expected">The recorded events.</param>
    /// <param name="actual">Ours.</param>
    /// <param name="dedupIdOf">What the dedup id must be, where the reference leaves it away and we do not.</param>
    public static void AssertEvents(JsonElement expected, IReadOnlyList<StoredEvent> actual, Func<StoredEvent, string?>? dedupIdOf = null)
    {
        Assert.Equal(expected.GetArrayLength(), actual.Count);
        for (int i = 0; i < actual.Count; i++)
        {
            JsonElement e = expected[i];
            string? dedupId = dedupIdOf is null ? e.TextOrNull("dedup_id") : dedupIdOf(actual[i]);
            Assert.Equal(e.Text("id"), actual[i].Id.ToString());
            Assert.Equal(e.Has("raw_hex") ? Encoding.UTF8.GetString(e.Bytes("raw_hex")) : e.Text("raw"), actual[i].GetString());
            Assert.Equal(e.UInt64(e.Has("t") ? "t" : "insertion_ts"), actual[i].InsertionTimestamp);
            Assert.Equal(e.Int(e.Has("s") ? "s" : "shard_id"), actual[i].ShardId);
            Assert.Equal(dedupId, actual[i].DedupId);
            if (e.Has("stored_event_json") && dedupIdOf is null)
                Assert.Equal(e.Text("stored_event_json"), actual[i].ToJson());
        }
    }

    /// <summary>Reads pages until there is no more.</summary>
    public static async Task<List<StoredEvent>> ReadAllAsync(EventBus bus, int limit, Filter? filter = null, string? cursor = null)
    {
        var all = new List<StoredEvent>();
        while (true)
        {
            using PollResponse page = await bus.PollAsync(new() { Limit = limit, Filter = filter, Cursor = cursor }, TestContext.Current.CancellationToken);
            Assert.Empty(page.FailedShards);
            Assert.Empty(page.StalledShards);
            all.AddRange(page.Events);
            cursor = page.Cursor;
            if (!page.HasMore)
                return all;
        }
    }
}
