namespace Net.Mesh.Capabilities;

/// <summary>What is to be placed: one of the types inside (spec 04 §16.1).</summary>
public abstract class Artifact
{
    /// <summary>How many bytes the id of a chain, daemon or blob has.</summary>
    public const int IdLength = 32;

    private Artifact()
    {
    }

    /// <summary>What the artifact says under a name: its intent, and what it wants to be near to.</summary>
    internal abstract string? Metadata(string key);

    private static ReadOnlyMemory<byte> IdOf(ReadOnlyMemory<byte> id, string parameter) => id.Length == IdLength
        ? id
        : throw new ArgumentException($"The id has {IdLength} bytes; {id.Length} were given.", parameter);

    /// <summary>A chain.</summary>
    /// <param name="originHash">The 32 bytes that name it.</param>
    /// <param name="capabilities">What it says of itself.</param>
    public sealed class Chain(ReadOnlyMemory<byte> originHash, CapabilitySet capabilities) : Artifact
    {
        /// <summary>The 32 bytes that name it.</summary>
        public ReadOnlyMemory<byte> OriginHash { get; } = IdOf(originHash, nameof(originHash));

        /// <summary>What it says of itself.</summary>
        public CapabilitySet Capabilities { get; } = capabilities ?? throw new ArgumentNullException(nameof(capabilities));

        internal override string? Metadata(string key) => Capabilities.Metadata.GetValueOrDefault(key);
    }

    /// <summary>A copy of a channel's log.</summary>
    /// <param name="channel">The channel's name.</param>
    /// <param name="capabilities">What it says of itself.</param>
    public sealed class Replica(string channel, CapabilitySet capabilities) : Artifact
    {
        /// <summary>The channel's name.</summary>
        public string Channel { get; } = channel ?? throw new ArgumentNullException(nameof(channel));

        /// <summary>What it says of itself.</summary>
        public CapabilitySet Capabilities { get; } = capabilities ?? throw new ArgumentNullException(nameof(capabilities));

        internal override string? Metadata(string key) => Capabilities.Metadata.GetValueOrDefault(key);
    }

    /// <summary>A program.</summary>
    /// <param name="daemonId">The 32 bytes that name it.</param>
    /// <param name="required">Tags that a node must have, text for text.</param>
    /// <param name="optional">What it says besides; where both have metadata of a name, the required ones count.</param>
    public sealed class Daemon(ReadOnlyMemory<byte> daemonId, CapabilitySet required, CapabilitySet optional) : Artifact
    {
        /// <summary>The 32 bytes that name it.</summary>
        public ReadOnlyMemory<byte> DaemonId { get; } = IdOf(daemonId, nameof(daemonId));

        /// <summary>Tags that a node must have, text for text.</summary>
        public CapabilitySet Required { get; } = required ?? throw new ArgumentNullException(nameof(required));

        /// <summary>What it says besides.</summary>
        public CapabilitySet Optional { get; } = optional ?? throw new ArgumentNullException(nameof(optional));

        internal override string? Metadata(string key) =>
            Required.Metadata.GetValueOrDefault(key) ?? Optional.Metadata.GetValueOrDefault(key);
    }

    /// <summary>A blob.</summary>
    /// <param name="blobHash">The 32 bytes of its hash.</param>
    /// <param name="sizeBytes">Its size.</param>
    public sealed class Blob(ReadOnlyMemory<byte> blobHash, ulong sizeBytes) : Artifact
    {
        /// <summary>The 32 bytes of its hash.</summary>
        public ReadOnlyMemory<byte> BlobHash { get; } = IdOf(blobHash, nameof(blobHash));

        /// <summary>Its size.</summary>
        public ulong SizeBytes { get; } = sizeBytes;

        internal override string? Metadata(string key) => null;
    }
}
