using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Capabilities;

/// <summary>
/// An announcement as it came: to pass it on to peers that join later, and to know its set again by its bytes. Only one with members
/// that are not known keeps all bytes; any other is written anew just as it was signed, so that what lives on of each is small.
/// </summary>
internal sealed class KeptAnnouncement
{
    private KeptAnnouncement(CapabilityAnnouncement announcement, byte[] setJson)
    {
        Announcement = announcement;
        SetJson = setJson;
    }

    public CapabilityAnnouncement Announcement { get; }

    /// <summary>The set in the bytes in which it came; one array for all announcements that repeat it.</summary>
    public byte[] SetJson { get; }

    public long Size => SetJson.Length + (Announcement.Received?.Bytes.Length ?? 0);

    /// <summary>What to keep of what came; null when it did not come from bytes.</summary>
    /// <param name="original">What came.</param>
    /// <param name="local">What is kept of it anyway.</param>
    public static KeptAnnouncement? Of(CapabilityAnnouncement? original, CapabilityAnnouncement local)
    {
        if (original?.Received is not { } received)
            return null;
        byte[] setJson = received.KnownSet ?? received.Bytes[received.Capabilities].ToArray();
        if (received.HasUnknownMembers)
            return new(original with { Received = received.WithOwnBytes() }, setJson);
        return new(ReferenceEquals(local.Capabilities, original.Capabilities) ? local : original with { }, setJson);
    }

    /// <summary>What to send on: one hop more. False when it has travelled far enough.</summary>
    public bool TryToForwardedBytes([NotNullWhen(true)] out byte[]? bytes)
    {
        if (Announcement.Received is not null)
            return Announcement.TryToForwardedBytes(out bytes);
        bytes = Announcement.HopCount < CapabilityAnnouncement.MaxCapabilityHops - 1 ? (Announcement with { HopCount = (byte)(Announcement.HopCount + 1) }).ToBytes() : null;
        return bytes is not null;
    }
}

/// <summary>Keeps announcements at their entries, no more than so many bytes in all. Guarded by the index' lock.</summary>
internal sealed class KeptAnnouncements(long maxBytes)
{
    private long _bytes;

    /// <summary>Puts one in the place of what was kept; nothing when there is no room, or null is given.</summary>
    public void Keep(IndexEntry entry, KeptAnnouncement? kept)
    {
        _bytes -= entry.Original?.Size ?? 0;
        entry.Original = kept is not null && _bytes + kept.Size <= maxBytes ? kept : null;
        _bytes += entry.Original?.Size ?? 0;
    }
}
