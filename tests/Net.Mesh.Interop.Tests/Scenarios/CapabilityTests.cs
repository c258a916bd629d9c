namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Announcing and being found: on either side of another implementation.</summary>
public sealed class CapabilityTests
{
    private const string Gpu = "hardware.gpu";
    private const string Model = "model:llama3-70b";

    private static readonly TestNodePlan Quick = new()
    {
        Heartbeat = TimeSpan.FromMilliseconds(100),
        SessionTimeout = TimeSpan.FromMilliseconds(500),
    };

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    public async Task What_is_announced_is_found_by_its_tag_with_its_metadata(Implementation whose, bool isOursAnnouncing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode announcer, TestNode seeker) = isOursAnnouncing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        // Text that JSON encoders like to escape.
        (string Key, string Value) metadata = ("site", "Zürich \u2028 \ud83d\ude00 \"7\" </x>");
        await announcer.AnnounceAsync(Gpu, metadata);
        await seeker.WaitToFindAsync(announcer, Gpu);
        Known known = await seeker.KnowsAsync(announcer);
        Assert.Contains(Gpu, known.Tags);
        Assert.Equal(metadata.Value, known.Metadata[metadata.Key]);
        Assert.False(await seeker.FindsAsync(announcer, Model));

        await announcer.AnnounceAsync(Model);
        await seeker.WaitToFindAsync(announcer, Model);
        Assert.False(await seeker.FindsAsync(announcer, Gpu));
        Assert.Empty((await seeker.KnowsAsync(announcer)).Metadata);
    }

    [Theory]
    [InlineData(Implementation.Original, true, true)]
    [InlineData(Implementation.Original, true, false)]
    [InlineData(Implementation.Original, false, true)]
    [InlineData(Implementation.Original, false, false)]
    [InlineData(Implementation.IndependentReference, true, true)]
    [InlineData(Implementation.IndependentReference, false, false)]
    [InlineData(Implementation.IndependentSecure, true, false)]
    [InlineData(Implementation.IndependentSecure, false, true)]
    public async Task What_was_announced_before_the_session_is_found_once_there_is_one(Implementation whose, bool isOursAnnouncing, bool isOursDialling)
    {
        await using TestNode other = await TestNode.StartAsync(whose, new() { IsStarted = false });
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours);
        (TestNode announcer, TestNode seeker) = isOursAnnouncing ? (ours, other) : (other, ours);
        await announcer.AnnounceAsync(Gpu, ("where", "here"));
        await (isOursDialling ? ours.IntroduceAsync(other) : other.IntroduceAsync(ours));
        await seeker.WaitToFindAsync(announcer, Gpu);
        Assert.Equal("here", (await seeker.KnowsAsync(announcer)).Metadata["where"]);
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    [Trait("spec", "04 T25")]
    [Trait("spec", "03 I11")]
    public async Task Only_what_is_signed_is_believed(Implementation whose, bool isOursAnnouncing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose);
        (TestNode announcer, TestNode seeker) = isOursAnnouncing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await announcer.AnnounceAsync(Gpu, isSigned: false);
        // It has come when what was sent after it is there; ours looks at it on another thread.
        await Talk.OneWayAsync(announcer, seeker, 0x95, "after the announcement");
        if (!isOursAnnouncing)
            await Until.TrueAsync(async () => await seeker.CounterAsync("announcement: NotSigned") == 1, "ours has not seen it");
        Assert.False(await seeker.FindsAsync(announcer, Gpu));
        await announcer.AnnounceAsync(Gpu);
        await seeker.WaitToFindAsync(announcer, Gpu);
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    public async Task Whoever_asks_for_no_signature_takes_an_announcement_without_one(Implementation whose, bool isOursAnnouncing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose, new TestNodePlan { RequireSigned = false });
        (TestNode announcer, TestNode seeker) = isOursAnnouncing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await announcer.AnnounceAsync(Gpu, isSigned: false);
        await seeker.WaitToFindAsync(announcer, Gpu);
    }

    [Theory]
    [InlineData(Implementation.Original, true)]
    [InlineData(Implementation.Original, false)]
    [InlineData(Implementation.IndependentReference, true)]
    [InlineData(Implementation.IndependentReference, false)]
    [InlineData(Implementation.IndependentSecure, true)]
    [InlineData(Implementation.IndependentSecure, false)]
    [Trait("spec", "04 T26")]
    public async Task An_announcement_is_forgotten_when_its_time_is_over(Implementation whose, bool isOursAnnouncing)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose, new TestNodePlan { Heartbeat = TimeSpan.FromMilliseconds(500) });
        (TestNode announcer, TestNode seeker) = isOursAnnouncing ? (pair.Ours, pair.Other) : (pair.Other, pair.Ours);
        await announcer.AnnounceAsync(Gpu, ttl: 3);
        await seeker.WaitToFindAsync(announcer, Gpu);
        await seeker.WaitToLoseAsync(announcer, Gpu);
        Assert.True(await seeker.HasPeerAsync(announcer));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task What_a_dead_node_announced_is_forgotten_by_ours_at_once(Implementation whose)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose, Quick);
        await pair.Other.AnnounceAsync(Gpu);
        await pair.Ours.WaitToFindAsync(pair.Other, Gpu);
        await pair.Other.Lines.KillAsync();
        await pair.Ours.PeerEventAsync("failed", pair.Other);
        // Its own time would be over in five minutes.
        await pair.Ours.WaitToLoseAsync(pair.Other, Gpu);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task What_a_dead_node_of_ours_announced_is_forgotten_by_the_others(Implementation whose)
    {
        await using Pair pair = await Pair.IntroducedAsync(whose, Quick, ours: Implementation.OursAsProgram);
        await pair.Ours.AnnounceAsync(Gpu);
        await pair.Other.WaitToFindAsync(pair.Ours, Gpu);
        // The original misses whom it has heard a heartbeat of.
        await Until.TrueAsync(async () => await pair.Ours.CounterAsync("heartbeats out") >= 3, "our node sends no heartbeats");
        await pair.Ours.Lines.KillAsync();
        await pair.Other.WaitToLoseAsync(pair.Ours, Gpu);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task What_ours_announced_before_a_running_node_dials_it_is_found(Implementation whose)
    {
        // Nothing may follow message 2 too soon: the original drops it.
        await using TestNode other = await TestNode.StartAsync(whose);
        await using TestNode ours = await TestNode.StartAsync(Implementation.Ours);
        await ours.AnnounceAsync(Gpu);
        await other.ConnectAsync(ours);
        await other.WaitToFindAsync(ours, Gpu);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [Trait("spec", "04 T6")]
    public async Task A_node_of_ours_that_starts_anew_is_believed_at_once(Implementation whose)
    {
        // The original forgets a peer after 30 session timeouts, and what it has seen of it after ten minutes.
        var plan = new TestNodePlan { Heartbeat = TimeSpan.FromMilliseconds(50), SessionTimeout = TimeSpan.FromMilliseconds(150), Seed = 0x34 };
        await using TestNode other = await TestNode.StartAsync(whose, plan with { Seed = null });
        await using TestNode ours = await TestNode.StartAsync(Implementation.OursAsProgram, plan);
        await other.ConnectAsync(ours);
        await ours.WaitForPeerAsync(other);
        await ours.AnnounceAsync("life.first");
        await other.WaitToFindAsync(ours, "life.first");
        await Until.TrueAsync(async () => await ours.CounterAsync("heartbeats out") >= 20, "our node sends no heartbeats");
        await ours.Lines.KillAsync();
        await other.WaitToLoseAsync(ours, "life.first");
        await Until.TrueAsync(async () => !await IsAliveAsync(other, ours), "the death was not noticed");

        await using TestNode again = await TestNode.StartAsync(Implementation.OursAsProgram, plan);
        await again.AnnounceAsync("life.second");
        await other.ConnectAsync(again);
        await other.WaitToFindAsync(again, "life.second");
    }

    private static async Task<bool> IsAliveAsync(TestNode at, TestNode peer) => at.Whose == Implementation.Original
        ? (await at.Lines.CallAsync("peers"))["count"]!.GetValue<int>() > 0
        : !at.HadPeerEvent("failed", peer);
}
