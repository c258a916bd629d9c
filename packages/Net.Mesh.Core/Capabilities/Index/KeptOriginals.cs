namespace Net.Mesh.Capabilities;

/// <summary>Keeps announcements at their entries as they came, no more than so many bytes in all. Guarded by the index' lock.</summary>
internal sealed class KeptOriginals(long maxBytes)
{
    private long _bytes;

    /// <summary>Puts what came in the place of what was kept; nothing when there is no room, or nothing came.</summary>
    public void Keep(IndexEntry entry, CapabilityAnnouncement? original)
    {
        _bytes -= SizeOf(entry.Original);
        long size = SizeOf(original);
        entry.Original = size > 0 && _bytes + size <= maxBytes ? original : null;
        _bytes += SizeOf(entry.Original);
    }

    private static long SizeOf(CapabilityAnnouncement? original) => original?.Received?.Bytes.Length ?? 0;
}
