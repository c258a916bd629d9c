using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>A log that is replicated among some connected nodes.</summary>
internal sealed class Replicated(string channel, params TestNode[] nodes)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public async Task OpenAsync(JsonObject? oursMore = null)
    {
        foreach (TestNode node in nodes)
            await node.Lines.ReplicateAsync(channel, nodes.Select(static member => member.Id), more: node.Whose.IsOurs() ? (JsonObject?)oursMore?.DeepClone() : null);
    }

    public Task UntilRoleAsync(TestNode node, string role) =>
        Until.TrueAsync(async () => await node.Lines.RoleAsync(channel) == role, $"{node.Whose} did not become {role}", Limit);

    public Task UntilTailAsync(TestNode node, ulong tail) =>
        Until.TrueAsync(async () => await node.Lines.NextSeqAsync(channel) >= tail, $"{node.Whose} did not get the log up to {tail}", Limit);

    /// <summary>Waits until one of two nodes leads and the other follows.</summary>
    public async Task<(TestNode Leader, TestNode Follower)> UntilLedAsync(TestNode one, TestNode other)
    {
        (string, string) roles = default;
        await Until.TrueAsync(
            async () => (roles = (await one.Lines.RoleAsync(channel), await other.Lines.RoleAsync(channel))) is ("Leader", "Replica") or ("Replica", "Leader"),
            "two nodes did not agree on a leader",
            Limit);
        return roles.Item1 == "Leader" ? (one, other) : (other, one);
    }

    /// <summary>Whether the events of two nodes are the same, but for how they are stored.</summary>
    public async Task AssertSameAsync(TestNode one, TestNode other, int limit = 2000)
    {
        IReadOnlyList<LogRecord> theirs = await one.Lines.ReadLogAsync(channel, limit);
        IReadOnlyList<LogRecord> ours = await other.Lines.ReadLogAsync(channel, limit);
        Assert.Equal(theirs.Select(static read => (read.Seq, read.Hex)), ours.Select(static read => (read.Seq, read.Hex)));
    }
}
