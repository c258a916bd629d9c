using System.Text;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Identities;
using Net.Mesh.Testing;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Announcements;

public sealed class ReceivingTests
{
    private static readonly NodeId Self = new(1);
    private static readonly NodeId Relay = Samples.Other.NodeId;

    private readonly FakeTimeProvider _clock = Samples.Clock();

    [Fact]
    public void A_set_that_is_known_in_the_same_bytes_is_not_read_again()
    {
        CapabilityIndex index = NewIndex();
        CapabilityAnnouncement first = Take(index, Samples.Signed(1).ToBytes());
        CapabilityAnnouncement again = Take(index, (Samples.Signed(2) with { HopCount = 3 }).ToBytes());
        Assert.Same(first.Capabilities, again.Capabilities);
        Assert.Same(index.CapabilitiesOf(first.NodeId), again.ToLocalCopy().Capabilities);
        Assert.True(again.Verify());
        CapabilityAnnouncement changed = Take(index, Samples.Signed(3, null, "gpu", "hardware.memory_gb=65").ToBytes());
        Assert.Equal(CapabilitySet.FromTags("gpu", "hardware.memory_gb=65"), changed.Capabilities);
        Assert.Equal(changed.Capabilities, index.CapabilitiesOf(changed.NodeId));
    }

    [Fact]
    public void The_known_set_of_one_node_is_not_taken_for_that_of_another_and_never_for_a_longer_one()
    {
        CapabilityIndex index = NewIndex();
        CapabilityAnnouncement first = Take(index, Samples.Signed(1).ToBytes());
        CapabilityAnnouncement other = Take(index, Samples.Signed(1, Samples.Other).ToBytes());
        Assert.NotSame(first.Capabilities, other.Capabilities);
        string json = Encoding.UTF8.GetString(Samples.Signed(2).ToBytes());
        foreach (string broken in new[] { json.Replace("\"metadata\":{}}", "\"metadata\":{}}}", StringComparison.Ordinal), json.Replace("\"metadata\":{}}", "\"metadata\":{}", StringComparison.Ordinal) })
            Assert.False(CapabilityAnnouncement.TryFromBorrowedBytes(Encoding.UTF8.GetBytes(broken), index, out _));
        string more = json.Replace("\"metadata\":{}", "\"metadata\":{\"a\":\"b\"}", StringComparison.Ordinal);
        Assert.True(CapabilityAnnouncement.TryFromBorrowedBytes(Encoding.UTF8.GetBytes(more), index, out CapabilityAnnouncement? read));
        Assert.Equal("b", read.Capabilities.Metadata["a"]);
        string later = json.Replace("\"metadata\":{}", "\"metadata\":{},\"later\":1", StringComparison.Ordinal);
        Assert.True(CapabilityAnnouncement.TryFromBorrowedBytes(Encoding.UTF8.GetBytes(later), index, out read));
        Assert.Equal(first.Capabilities, read.Capabilities);
    }

    [Fact]
    [Trait("spec", "04 T8")]
    [Trait("spec", "04 T9")]
    public void What_is_kept_goes_on_as_it_came_though_its_buffer_is_used_for_something_else()
    {
        CapabilityIndex index = NewIndex();
        CapabilityAnnouncement signed = CapabilityAnnouncement.Create(Samples.Signer, 1, CapabilitySet.FromTags("é", "heat:00000000000000aa=0.50").WithMetadata("intent", "x"), TimeSpan.FromSeconds(300), _clock).Sign(Samples.Signer);
        byte[] plain = (signed with { HopCount = 2 }).ToBytes();
        Assert.Equal((signed with { HopCount = 3 }).ToBytes(), KeptOf(index, plain));
        // A member of a later version stays, wherever it stands.
        byte[] later = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString((signed with { Version = 2 }).ToBytes()).Replace("{\"node_id\"", "{\"later\":[1],\"node_id\"", StringComparison.Ordinal));
        byte[] kept = KeptOf(index, later);
        Assert.StartsWith("{\"later\":[1],", Encoding.UTF8.GetString(kept), StringComparison.Ordinal);
        Assert.Equal(1, Samples.Read(kept).HopCount);
        Assert.False(KeptOf(NewIndex(), (signed with { HopCount = 15 }).ToBytes(), out _));
    }

    [Fact]
    public void A_node_that_announces_too_often_is_dropped_before_its_signatures_are_checked()
    {
        var intake = new AnnouncementIntake(Self, new() { MaxRememberedPerNode = 2 }, new PeerPins(), _clock);
        Assert.True(intake.Receive(Forwarded(1), Relay).IsAccepted);
        Assert.True(intake.Receive(Forwarded(2), Relay).IsAccepted);
        byte[] forged = (Samples.Signed(3) with { HopCount = 1, TtlSeconds = 9 }).ToBytes();
        Assert.Equal(AnnouncementOutcome.TooMany, intake.Receive(forged, Relay).Outcome);
        _clock.Advance(TimeSpan.FromSeconds(600));
        Assert.Equal(AnnouncementOutcome.BadSignature, intake.Receive(forged, Relay).Outcome);
        Assert.True(intake.Receive(Forwarded(3), Relay).IsAccepted);

        static byte[] Forwarded(ulong version) => (Samples.Signed(version) with { HopCount = 1 }).ToBytes();
    }

    [Fact]
    public void What_waits_is_bounded_and_taken_in_its_order_when_the_clock_says_so()
    {
        var time = new VirtualTimeProvider();
        var taken = new List<byte>();
        using var receiver = new AnnouncementReceiver(100, time, (_, bytes) => taken.Add(bytes.Span[0]));
        for (byte i = 0; i < 110; i++)
            receiver.Add(null!, [i]);
        Assert.Empty(taken);
        Assert.Equal(10, receiver.Dropped);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Enumerable.Range(0, 100).Select(static i => (byte)i), taken);
        receiver.Add(null!, [200]);
        receiver.Add(null!, new byte[Wire.WireLimits.MaxEventBytes + 1]);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(200, taken[^1]);
        Assert.Equal(11, receiver.Dropped);
    }

    [Fact]
    public async Task Half_of_the_cores_check_at_most_and_nothing_is_left_behind()
    {
        const int Count = 5000;
        int running = 0;
        int most = 0;
        int taken = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var receiver = new AnnouncementReceiver(Count, TimeProvider.System, (_, _) =>
        {
            int now = Interlocked.Increment(ref running);
            for (int seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
                Interlocked.CompareExchange(ref most, now, seen);
            Thread.SpinWait(50);
            Interlocked.Decrement(ref running);
            if (Interlocked.Increment(ref taken) == Count)
                all.SetResult();
        });
        Parallel.For(0, Count, _ => receiver.Add(null!, [1]));
        await all.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.InRange(most, 1, Math.Max(1, Environment.ProcessorCount / 2));
        Assert.Equal(0, receiver.Dropped);
    }

    [Fact]
    public void Nothing_is_taken_once_the_receiver_is_gone()
    {
        var time = new VirtualTimeProvider();
        int taken = 0;
        var receiver = new AnnouncementReceiver(10, time, (_, _) => taken++);
        receiver.Add(null!, [1]);
        receiver.Dispose();
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(0, taken);
    }

    private static byte[] KeptOf(CapabilityIndex index, byte[] bytes) => KeptOf(index, bytes, out byte[]? kept) ? kept : throw new InvalidOperationException("It has travelled far enough.");

    private static bool KeptOf(CapabilityIndex index, byte[] bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? forwarded)
    {
        byte[] borrowed = [.. bytes];
        CapabilityAnnouncement read = Take(index, borrowed);
        Array.Clear(borrowed);
        Assert.True(index.TryGetOriginal(read.NodeId, out KeptAnnouncement? kept));
        return kept.TryToForwardedBytes(out forwarded);
    }

    private CapabilityIndex NewIndex() => new(Self, new(), _clock);

    private static CapabilityAnnouncement Take(CapabilityIndex index, byte[] bytes)
    {
        Assert.True(CapabilityAnnouncement.TryFromBorrowedBytes(bytes, index, out CapabilityAnnouncement? read));
        index.Apply(read.ToLocalCopy(), read);
        return read;
    }
}
