namespace Net.Mesh.Capabilities;

/// <summary>The announcements of a node in figures.</summary>
/// <param name="Sent">Own announcements that went out, once for each peer.</param>
/// <param name="Coalesced">Own announcements that waited for <see cref="CapabilityOptions.MinAnnounceInterval"/> to be over; the latest went out then.</param>
/// <param name="Oversize">Own announcements that were refused, as too large for a packet.</param>
/// <param name="Forwarded">Announcements of others that went on, once for each peer.</param>
/// <param name="Synced">Announcements of others that went to peers that had just joined.</param>
/// <param name="Overflowed">Announcements that found no room to wait for their check.</param>
/// <param name="Received">What became of those that were checked.</param>
public sealed record CapabilityStatistics(
    long Sent, long Coalesced, long Oversize, long Forwarded, long Synced, long Overflowed, IReadOnlyDictionary<AnnouncementOutcome, long> Received);

/// <summary>Something about capabilities went wrong.</summary>
public sealed class CapabilityException(string kind, string message) : MeshException(kind, message);
