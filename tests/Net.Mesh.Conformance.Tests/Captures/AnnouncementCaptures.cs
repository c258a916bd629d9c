using Net.Mesh.Capabilities;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Announcements that a 0.27.2 node made, passed on and took in (spec 04 §6).</summary>
public sealed class AnnouncementCaptures
{
    public static TheoryData<string> Scenarios() => [.. Capture.NamesWith(SubprotocolId.CapabilityAnnouncement)];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_announcement_verifies_and_is_written_to_the_same_bytes(string scenario)
    {
        var capture = Capture.Load(scenario);
        foreach ((CapturedPacket packet, byte[] bytes) in capture.Events(SubprotocolId.CapabilityAnnouncement))
        {
            Assert.Equal(StreamIds.ForSubprotocol(SubprotocolId.CapabilityAnnouncement), packet.Header.StreamId);
            Assert.True(CapabilityAnnouncement.TryFromBytes(bytes, out CapabilityAnnouncement? announcement));
            Assert.True(announcement.Verify());
            Assert.True(announcement.HasOwnNodeId());
            Assert.Equal(bytes, announcement.ToBytes());
            CapturedNode announcer = capture.Nodes.Single(node => node.NodeId == announcement.NodeId);
            Assert.Equal(announcer.EntityId, announcement.EntityId);
            Assert.Equal(announcement.IsDirect, announcer == capture.SenderOf(packet));
            // With its key we sign to the same bytes.
            using Identity identity = Identity.FromSeed(announcer.Seed);
            Assert.Equal(announcement.Signature.ToArray(), (announcement with { Signature = default }).Sign(identity).Signature.ToArray());
        }
    }

    [Fact]
    [Trait("spec", "04 T9")]
    public void What_the_original_passed_on_is_what_ours_would_have()
    {
        byte[] sent = Single("announcement_through_reference");
        byte[] arrived = Single("announcement_through_reference-33");
        Assert.True(CapabilityAnnouncement.TryFromBytes(sent, out CapabilityAnnouncement? announcement));
        Assert.True(announcement.TryToForwardedBytes(out byte[]? forwarded));
        Assert.Equal(arrived, forwarded);
    }

    private static byte[] Single(string scenario) => Assert.Single(Capture.Load(scenario).Events(SubprotocolId.CapabilityAnnouncement)).Event;
}
