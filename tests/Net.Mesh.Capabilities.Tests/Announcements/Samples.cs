using Microsoft.Extensions.Time.Testing;

namespace Net.Mesh.Capabilities.Tests.Announcements;

/// <summary>Announcements for tests: one identity, one clock.</summary>
internal static class Samples
{
    public static readonly Identity Signer = Identity.FromSeed(Enumerable.Repeat((byte)0x42, 32).ToArray());
    public static readonly Identity Other = Identity.FromSeed(Enumerable.Repeat((byte)0x43, 32).ToArray());

    public static FakeTimeProvider Clock() => new(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));

    public static CapabilityAnnouncement Unsigned(ulong version = 7, Identity? of = null, params string[] tags) => CapabilityAnnouncement.Create(
        of ?? Signer, version, CapabilitySet.FromTags(tags.Length == 0 ? ["gpu", "hardware.memory_gb=64"] : tags), CapabilityAnnouncement.DefaultTtl, Clock());

    public static CapabilityAnnouncement Signed(ulong version = 7, Identity? of = null, params string[] tags) => Unsigned(version, of, tags).Sign(of ?? Signer);

    public static CapabilityAnnouncement Read(ReadOnlySpan<byte> bytes) =>
        CapabilityAnnouncement.TryFromBytes(bytes, out CapabilityAnnouncement? read) ? read : throw new InvalidOperationException("It is no announcement.");
}
