namespace Net.Mesh.Capabilities;

/// <summary>What a node offers to the blob store: the tags <c>dataforts.blob.*</c> (spec 04 §17).</summary>
public readonly record struct BlobCapability
{
    private const string Prefix = "dataforts.blob.";

    /// <summary>Whether it stores blobs.</summary>
    public bool Storage { get; init; }

    /// <summary>The size of its disk, in GiB.</summary>
    public ulong DiskTotalGb { get; init; }

    /// <summary>What of it is free, in GiB.</summary>
    public ulong DiskFreeGb { get; init; }

    /// <summary>Whether others may move blobs here when they run full.</summary>
    public bool OverflowEnabled { get; init; }

    /// <summary>A node that stores blobs.</summary>
    public static BlobCapability StorageParticipating(ulong totalGb, ulong freeGb) => new() { Storage = true, DiskTotalGb = totalGb, DiskFreeGb = freeGb };

    /// <summary>The tags that say this; false and zero have none.</summary>
    public IReadOnlyList<Tag> ToTags()
    {
        var tags = new List<Tag>();
        var emit = new TagEmitter(tags, Prefix);
        if (Storage)
            emit.Present("storage");
        emit.Number("disk_total_gb", DiskTotalGb);
        emit.Number("disk_free_gb", DiskFreeGb);
        if (OverflowEnabled)
            emit.Present("overflow");
        return tags;
    }

    /// <summary>Reads it from a set. What must be a presence tag counts only as one.</summary>
    public static BlobCapability FromTags(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var blob = new BlobCapability();
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, Prefix))
        {
            bool isPresence = tag.Kind == TagKind.Presence;
            blob = tag.KeySpan switch
            {
                "blob.storage" => blob with { Storage = blob.Storage || isPresence },
                "blob.overflow" => blob with { OverflowEnabled = blob.OverflowEnabled || isPresence },
                "blob.disk_total_gb" => blob with { DiskTotalGb = TagReading.UInt64(tag) },
                "blob.disk_free_gb" => blob with { DiskFreeGb = TagReading.UInt64(tag) },
                _ => blob,
            };
        }
        return blob;
    }
}
