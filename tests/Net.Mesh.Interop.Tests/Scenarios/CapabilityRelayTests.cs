using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>Announcements that travel: through ours, and through the others.</summary>
public sealed class CapabilityRelayTests
{
    private const string Gpu = "hardware.gpu";

    [Theory]
    [InlineData(Implementation.Original, Implementation.Original)]
    [InlineData(Implementation.Original, Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentReference, Implementation.Original)]
    [InlineData(Implementation.IndependentSecure, Implementation.Original)]
    [InlineData(Implementation.IndependentReference, Implementation.IndependentSecure)]
    [Trait("spec", "04 T8")]
    [Trait("spec", "04 T9")]
    public async Task What_others_announce_reaches_others_through_ours(Implementation announcing, Implementation seeking)
    {
        await using TestNode announcer = await TestNode.StartAsync(announcing);
        await using TestNode seeker = await TestNode.StartAsync(seeking);
        await using TestNode relay = await TestNode.StartAsync(Implementation.Ours);
        await announcer.ConnectAsync(relay);
        await seeker.ConnectAsync(relay);
        await relay.WaitForPeerAsync(announcer);
        await relay.WaitForPeerAsync(seeker);
        // That entry is dropped from every local copy, and covered by the signature nevertheless.
        await announcer.AnnounceAsync(Gpu, ("intent", "ml-training"));
        await seeker.WaitToFindAsync(announcer, Gpu);
        await relay.WaitToFindAsync(announcer, Gpu);
        Assert.Equal(0, await relay.HopsToAsync(announcer));
        if (seeking != Implementation.Original)
            Assert.Equal(1, await seeker.HopsToAsync(announcer));
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task What_ours_announces_reaches_ours_through_another_and_shows_the_way(Implementation whose)
    {
        await using TestNode relay = await TestNode.StartAsync(whose);
        await using TestNode announcer = await TestNode.StartAsync(Implementation.OursAsProgram);
        await using TestNode seeker = await TestNode.StartAsync(Implementation.Ours);
        await relay.ConnectAsync(announcer);
        await relay.ConnectAsync(seeker);
        await announcer.WaitForPeerAsync(relay);
        await seeker.WaitForPeerAsync(relay);
        await announcer.AnnounceAsync(Gpu, ("intent", "ml-training"));
        await seeker.WaitToFindAsync(announcer, Gpu);
        Assert.Equal(1, await seeker.HopsToAsync(announcer));
        JsonObject route = await RouteAsync(seeker, announcer);
        Assert.Equal(relay.Address, route["next_hop"]!.GetValue<string>());
        await seeker.ConnectAsync(announcer, through: relay);
        await announcer.WaitForPeerAsync(seeker);
        await Talk.BothWaysAsync(seeker, announcer, 0x99);
    }

    [Theory]
    [InlineData(Implementation.Original)]
    [InlineData(Implementation.IndependentReference)]
    [InlineData(Implementation.IndependentSecure)]
    public async Task A_line_of_both_passes_announcements_on_hop_by_hop_in_both_directions(Implementation whose)
    {
        await using TestNode otherEnd = await TestNode.StartAsync(whose);
        await using TestNode ourMiddle = await TestNode.StartAsync(Implementation.Ours);
        await using TestNode otherMiddle = await TestNode.StartAsync(whose);
        await using TestNode ourEnd = await TestNode.StartAsync(Implementation.Ours);
        await otherEnd.ConnectAsync(ourMiddle);
        await otherMiddle.ConnectAsync(ourMiddle);
        await otherMiddle.ConnectAsync(ourEnd);
        await ourMiddle.WaitForPeerAsync(otherEnd);
        await ourMiddle.WaitForPeerAsync(otherMiddle);
        await ourEnd.WaitForPeerAsync(otherMiddle);

        await otherEnd.AnnounceAsync("end.other");
        await ourEnd.WaitToFindAsync(otherEnd, "end.other");
        Assert.Equal(2, await ourEnd.HopsToAsync(otherEnd));
        await ourEnd.AnnounceAsync("end.ours");
        await otherEnd.WaitToFindAsync(ourEnd, "end.ours");
        Assert.Equal(1, await ourMiddle.HopsToAsync(ourEnd));
    }

    private static async Task<JsonObject> RouteAsync(TestNode at, TestNode to)
    {
        JsonObject reply = await at.Lines.CallAsync("routes");
        return reply["routes"]!.AsArray().Single(route => route!["dest"]!.GetValue<string>() == to.Id)!.AsObject();
    }
}
