namespace Net.Mesh.Capabilities;

/// <summary>The announcements of a node in figures.</summary>
/// <param name="Sent">Own announcements that went out, once for each peer.</param>
/// <param name="Forwarded">Announcements of others that went on, once for each peer.</param>
/// <param name="Overflowed">Announcements that found no room to wait for their check.</param>
/// <param name="Received">What became of those that were checked.</param>
public sealed record CapabilityStatistics(long Sent, long Forwarded, long Overflowed, IReadOnlyDictionary<AnnouncementOutcome, long> Received);

/// <summary>Something about capabilities went wrong.</summary>
public sealed class CapabilityException(string kind, string message) : MeshException(kind, message);
