namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>A node of ours and one of another implementation, connected: ours dialled.</summary>
internal sealed class Pair(TestNode ours, TestNode other) : IAsyncDisposable
{
    public TestNode Ours { get; } = ours;

    public TestNode Other { get; } = other;

    public static async Task<Pair> ConnectedAsync(
        Implementation other, TestNodePlan? plan = null, Implementation ours = Implementation.Ours, bool oursDials = true)
    {
        Pair pair = await StartedAsync(other, plan, ours);
        try
        {
            await (oursDials ? pair.Ours.ConnectAsync(pair.Other) : pair.Other.ConnectAsync(pair.Ours));
            await pair.Ours.WaitForPeerAsync(pair.Other);
            await pair.Other.WaitForPeerAsync(pair.Ours);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    public static async Task<Pair> StartedAsync(Implementation other, TestNodePlan? plan = null, Implementation ours = Implementation.Ours)
    {
        // The other first: it may be missing on this machine, which ends the test.
        if (other.IsIndependent() && plan is null)
        {
            TestNode shared = await SharedNodes.GetAsync(other);
            TestNode mine = await TestNode.StartAsync(ours);
            return new(mine, shared.SharedWith(mine));
        }
        TestNode theirs = await TestNode.StartAsync(other, plan);
        return new(await TestNode.StartAsync(ours, plan), theirs);
    }

    /// <summary>
    /// A pair of new nodes that can address each other in every way: the original takes part in membership and announcements as it
    /// should only where it dialled, or answered directly before it was started (spec 02, T7).
    /// </summary>
    public static async Task<Pair> IntroducedAsync(
        Implementation other, TestNodePlan? plan = null, bool oursDials = true, Implementation ours = Implementation.Ours, TestNodePlan? oursPlan = null)
    {
        plan ??= new();
        TestNode theirs = await TestNode.StartAsync(other, plan with { IsStarted = false });
        Pair pair = new(await TestNode.StartAsync(ours, oursPlan ?? plan), theirs);
        try
        {
            await (oursDials ? pair.Ours.IntroduceAsync(theirs) : theirs.IntroduceAsync(pair.Ours));
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a message each way on a stream and waits until it is there.</summary>
    public Task TalkAsync(ulong stream = 0x51) => Talk.BothWaysAsync(Ours, Other, stream);

    public async ValueTask DisposeAsync()
    {
        await Ours.DisposeAsync();
        await Other.DisposeAsync();
    }
}

/// <summary>Conversations.</summary>
internal static class Talk
{
    /// <summary>A message each way on a stream, until it is there.</summary>
    public static async Task BothWaysAsync(TestNode a, TestNode b, ulong stream)
    {
        await OneWayAsync(a, b, stream, $"from {a.Id}");
        await OneWayAsync(b, a, stream + 4, $"from {b.Id}");
    }

    /// <summary>A message on a reliable stream; it arrives, whatever else does.</summary>
    public static async Task OneWayAsync(TestNode from, TestNode to, ulong stream, string message)
    {
        await from.OpenStreamAsync(to, stream, isReliable: true);
        await from.SendAsync(to, stream, [message]);
        List<string> arrived = await to.TakeUntilAsync(taken => taken.Contains(message));
        Assert.Contains(message, arrived);
    }

    /// <summary>Messages that can be told apart, of some length.</summary>
    public static string[] Numbered(int count, int length = 900) =>
        [.. Enumerable.Range(0, count).Select(i => i.ToString("d6", System.Globalization.CultureInfo.InvariantCulture).PadRight(length, '.'))];
}
