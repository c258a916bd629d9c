using System.Text;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Identities;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Announcements;

public sealed class IntakeTests
{
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Peer = Samples.Signer.NodeId;
    private static readonly NodeId Relay = Samples.Other.NodeId;

    private readonly FakeTimeProvider _clock = Samples.Clock();

    [Fact]
    public void A_signed_announcement_of_the_peer_itself_counts_and_pins_it()
    {
        AnnouncementIntake intake = New();
        AnnouncementVerdict verdict = intake.Receive(Samples.Signed().ToBytes(), Peer);
        Assert.Equal((AnnouncementOutcome.Accepted, true), (verdict.Outcome, verdict.IsFromItself));
        Assert.Equal(Samples.Signer.EntityId, intake.Pins.EntityOf(Peer));
        Assert.Equal(Peer, intake.Pins.NodeOf(Samples.Signer.OriginHash));
    }

    [Fact]
    public void Each_check_has_its_outcome()
    {
        CapabilityAnnouncement signed = Samples.Signed();
        Assert.Equal(AnnouncementOutcome.Undecodable, New().Receive("{}"u8, Peer).Outcome);
        Assert.Equal(AnnouncementOutcome.WrongSender, New().Receive(signed.ToBytes(), Relay).Outcome);
        Assert.Equal(AnnouncementOutcome.Own, New(self: Peer).Receive(signed.ToBytes(), Peer).Outcome);
        Assert.Equal(AnnouncementOutcome.NotSigned, New().Receive(Samples.Unsigned().ToBytes(), Peer).Outcome);
        Assert.Equal(AnnouncementOutcome.BadSignature, New().Receive((signed with { Version = 8 }).ToBytes(), Peer).Outcome);
        Assert.Equal(AnnouncementOutcome.BadSignature, New(isSignedRequired: false).Receive((signed with { Version = 8 }).ToBytes(), Peer).Outcome);
    }

    [Fact]
    [Trait("spec", "04 T25"), Trait("spec", "03 T18"), Trait("spec", "03 I11")]
    public void An_unsigned_one_counts_only_where_signatures_are_not_required_and_pins_nothing()
    {
        Assert.Equal(AnnouncementOutcome.NotSigned, New().Receive(Samples.Unsigned().ToBytes(), Peer).Outcome);
        AnnouncementIntake lenient = New(isSignedRequired: false);
        AnnouncementVerdict verdict = lenient.Receive(Samples.Unsigned().ToBytes(), Peer);
        Assert.Equal((AnnouncementOutcome.Accepted, false), (verdict.Outcome, verdict.IsFromItself));
        Assert.Empty(lenient.Pins.Peers);
    }

    [Fact]
    [Trait("spec", "04 T14")]
    public void A_right_signature_does_not_let_a_node_speak_for_another()
    {
        NodeId victim = Relay;
        CapabilityAnnouncement forged = (Samples.Unsigned() with { NodeId = victim }).Sign(Samples.Signer);
        Assert.True(forged.Verify());
        Assert.Equal(AnnouncementOutcome.WrongNodeId, New().Receive(forged.ToBytes(), victim).Outcome);
        Assert.Equal(AnnouncementOutcome.WrongNodeId, New().Receive((forged with { HopCount = 1 }).ToBytes(), Peer).Outcome);
        CapabilityAnnouncement unsigned = Samples.Unsigned() with { NodeId = victim };
        Assert.Equal(AnnouncementOutcome.WrongNodeId, New(isSignedRequired: false).Receive(unsigned.ToBytes(), victim).Outcome);
    }

    [Fact]
    [Trait("spec", "03 I10")]
    public void A_peer_that_is_pinned_to_another_key_is_refused()
    {
        AnnouncementIntake intake = New();
        Assert.True(intake.Pins.TryPin(Peer, Samples.Other.EntityId));
        Assert.Equal(AnnouncementOutcome.Rebind, intake.Receive(Samples.Signed().ToBytes(), Peer).Outcome);
        intake.Pins.Forget(Peer);
        Assert.Equal(AnnouncementOutcome.Accepted, intake.Receive(Samples.Signed().ToBytes(), Peer).Outcome);
    }

    [Fact]
    [Trait("spec", "04 T7")]
    [Trait("spec", "04 T27")]
    [Trait("spec", "03 T18")]
    public void A_forwarded_copy_neither_pins_the_relay_nor_hides_the_direct_one()
    {
        AnnouncementIntake intake = New();
        byte[] direct = Samples.Signed().ToBytes();
        byte[] forwarded = (Samples.Signed() with { HopCount = 2 }).ToBytes();
        AnnouncementVerdict first = intake.Receive(forwarded, Relay);
        Assert.Equal((AnnouncementOutcome.Accepted, false, 4), (first.Outcome, first.IsFromItself, first.RouteMetric));
        Assert.Empty(intake.Pins.Peers);
        Assert.Equal(AnnouncementOutcome.Accepted, intake.Receive(direct, Peer).Outcome);
        Assert.Equal(AnnouncementOutcome.Duplicate, intake.Receive(direct, Peer).Outcome);
        Assert.Equal(AnnouncementOutcome.Duplicate, intake.Receive((Samples.Signed() with { HopCount = 5 }).ToBytes(), Relay).Outcome);
    }

    [Fact]
    public void The_first_of_two_contents_of_one_version_counts()
    {
        AnnouncementIntake intake = New();
        Assert.True(intake.Receive(Samples.Signed(tags: "a").ToBytes(), Peer).IsAccepted);
        Assert.Equal(AnnouncementOutcome.Duplicate, intake.Receive(Samples.Signed(tags: "b").ToBytes(), Peer).Outcome);
    }

    [Fact]
    public void A_version_is_remembered_for_600_seconds()
    {
        AnnouncementIntake intake = New();
        byte[] bytes = Samples.Signed().ToBytes();
        Assert.True(intake.Receive(bytes, Peer).IsAccepted);
        _clock.Advance(TimeSpan.FromSeconds(599.9));
        Assert.Equal(0, intake.Sweep());
        Assert.Equal(AnnouncementOutcome.Duplicate, intake.Receive(bytes, Peer).Outcome);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, intake.Sweep());
        Assert.Equal(0, intake.Remembered);
        Assert.True(intake.Receive(bytes, Peer).IsAccepted);
    }

    [Fact]
    public void The_memory_is_bounded_in_all_and_per_node()
    {
        var intake = new AnnouncementIntake(Self, new() { RequireSigned = false, MaxRemembered = 5, MaxRememberedPerNode = 3 }, new PeerPins(), _clock);
        for (ulong version = 1; version <= 3; version++)
            Assert.True(intake.Receive(Samples.Unsigned(version).ToBytes(), Peer).IsAccepted);
        Assert.Equal(AnnouncementOutcome.TooMany, intake.Receive(Samples.Unsigned(4).ToBytes(), Peer).Outcome);
        for (ulong version = 1; version <= 3; version++)
            Assert.True(intake.Receive(Samples.Unsigned(version, Samples.Other).ToBytes(), Relay).IsAccepted);
        Assert.Equal(5, intake.Remembered);
        Assert.True(intake.Receive(Samples.Unsigned(4).ToBytes(), Peer).IsAccepted); // one of its own made room
    }

    [Fact]
    [Trait("spec", "04 T8")]
    public void What_is_forwarded_keeps_what_the_local_copy_loses()
    {
        CapabilitySet set = CapabilitySet.FromTags("heat:00000000000000aa=0.50", "causal:00000000000000bb:7", "heat:00000000000000bb=0.50").WithMetadata("intent", "x").WithMetadata("team", "y");
        CapabilityAnnouncement signed = CapabilityAnnouncement.Create(Samples.Signer, 1, set, TimeSpan.FromSeconds(300), _clock).Sign(Samples.Signer);
        AnnouncementVerdict verdict = New().Receive(signed.ToBytes(), Peer);
        CapabilitySet local = verdict.Announcement!.ToLocalCopy().Capabilities;
        Assert.Equal(["causal:00000000000000bb:7", "heat:00000000000000bb=0.50"], local.Tags.Select(t => t.Text));
        Assert.Equal(["team"], local.Metadata.Keys);
        Assert.True(verdict.Announcement.TryToForwardedBytes(out byte[]? forwarded));
        Assert.Contains("intent", Encoding.UTF8.GetString(forwarded), StringComparison.Ordinal);
        Assert.True(Samples.Read(forwarded).Verify());
    }

    [Fact]
    [Trait("spec", "04 T6")]
    public void Versions_start_from_the_clock_and_always_count_up()
    {
        var first = new AnnouncementVersions(_clock);
        ulong one = first.Next();
        Assert.Equal((ulong)_clock.GetUtcNow().ToUnixTimeMilliseconds(), one);
        Assert.Equal(one + 1, first.Next());
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(new AnnouncementVersions(_clock).Next() > one + 1); // a restart
        Assert.Equal(one + 1_000_000_001, new AnnouncementVersions(_clock, lastUsed: one + 1_000_000_000).Next());
    }

    [Fact]
    public void A_burst_is_one_broadcast_and_one_more_when_the_interval_is_over()
    {
        var gate = new AnnounceGate(TimeSpan.FromSeconds(10), _clock);
        Assert.True(gate.TryPass(out _));
        Assert.Null(gate.DueIn);
        _clock.Advance(TimeSpan.FromSeconds(4));
        for (int i = 0; i < 9; i++)
        {
            Assert.False(gate.TryPass(out TimeSpan wait));
            Assert.Equal(TimeSpan.FromSeconds(6), wait);
        }
        Assert.False(gate.TryTakeDue());
        _clock.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(TimeSpan.Zero, gate.DueIn);
        Assert.True(gate.TryTakeDue());
        Assert.False(gate.TryTakeDue());
        Assert.False(gate.TryPass(out _));
        gate.Reset();
        Assert.True(gate.TryPass(out _));
        Assert.Null(gate.DueIn);
    }

    private AnnouncementIntake New(NodeId? self = null, bool isSignedRequired = true) => new(self ?? Self, new() { RequireSigned = isSignedRequired }, new PeerPins(), _clock);
}
