using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The statement that a node has a set of capabilities (spec 04 §6). Immutable. One that was read keeps the bytes it was read
/// from: a forwarder changes its hop count in them, so that what a newer version added survives (T9).
/// </summary>
public sealed record CapabilityAnnouncement
{
    /// <summary>How many links an announcement travels at most.</summary>
    public const int MaxCapabilityHops = 16;

    /// <summary>How many entries each allow-list may have.</summary>
    public const int MaxAllowListLength = 64;

    /// <summary>The largest announcement that still fits one packet after every forwarder wrote its hop count (spec 04 §6.3).</summary>
    public const int MaxBytes = 8088;

    /// <summary>How long an announcement holds unless it says otherwise: 300 s.</summary>
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromSeconds(300);

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _verifying;

    /// <summary>An announcement of the members that are set.</summary>
    public CapabilityAnnouncement()
    {
    }

    // What `with` makes is no longer what came: it must neither be forwarded nor verified by the bytes of the other.
    [SetsRequiredMembers]
    private CapabilityAnnouncement(CapabilityAnnouncement original)
    {
        NodeId = original.NodeId;
        EntityId = original.EntityId;
        Version = original.Version;
        TimestampNs = original.TimestampNs;
        TtlSeconds = original.TtlSeconds;
        Capabilities = original.Capabilities;
        Signature = original.Signature;
        HopCount = original.HopCount;
        ReflexAddress = original.ReflexAddress;
        AllowedNodes = original.AllowedNodes;
        AllowedSubnets = original.AllowedSubnets;
        AllowedGroups = original.AllowedGroups;
    }

    /// <summary>The node it speaks of.</summary>
    public required NodeId NodeId { get; init; }

    /// <summary>The key of that node.</summary>
    public required EntityId EntityId { get; init; }

    /// <summary>Counts up with every announcement of the node.</summary>
    public required ulong Version { get; init; }

    /// <summary>When it was made: nanoseconds since 1970.</summary>
    public required ulong TimestampNs { get; init; }

    /// <summary>How long it holds, in seconds.</summary>
    public uint TtlSeconds { get; init; } = 300;

    /// <summary>What the node has.</summary>
    public required CapabilitySet Capabilities { get; init; }

    /// <summary>The 64 bytes of the signature; empty when it is not signed.</summary>
    public ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>How many links it has travelled; not signed.</summary>
    public byte HopCount { get; init; }

    /// <summary>The address that others see the node at.</summary>
    public IPEndPoint? ReflexAddress { get; init; }

    /// <summary>Nodes that may use what is announced; all may when the three lists are empty.</summary>
    public IReadOnlyList<NodeId> AllowedNodes { get; init; } = [];

    /// <summary>Subnets whose members may.</summary>
    public IReadOnlyList<CapabilitySubnetId> AllowedSubnets { get; init; } = [];

    /// <summary>Groups whose members may.</summary>
    public IReadOnlyList<CapabilityGroupId> AllowedGroups { get; init; } = [];

    /// <summary>Whether it carries a signature; not whether that is right.</summary>
    public bool IsSigned => !Signature.IsEmpty;

    /// <summary>Whether it came straight from the node it speaks of.</summary>
    public bool IsDirect => HopCount == 0;

    /// <summary>Whether it says who may use what is announced.</summary>
    public bool IsRestricted => AllowedNodes.Count > 0 || AllowedSubnets.Count > 0 || AllowedGroups.Count > 0;

    internal ReceivedAnnouncement? Received { get; init; }

    /// <summary>An unsigned announcement of this identity, made now.</summary>
    /// <param name="identity">Who speaks.</param>
    /// <param name="version">Higher than every one before; see <see cref="AnnouncementVersions"/>.</param>
    /// <param name="capabilities">What it has.</param>
    /// <param name="ttl">How long it holds; whole seconds count (T11).</param>
    /// <param name="time">The clock.</param>
    public static CapabilityAnnouncement Create(Identity identity, ulong version, CapabilitySet capabilities, TimeSpan ttl, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(capabilities);
        ArgumentNullException.ThrowIfNull(time);
        return new()
        {
            NodeId = identity.NodeId,
            EntityId = identity.EntityId,
            Version = version,
            TimestampNs = UnixNanoseconds(time),
            TtlSeconds = (uint)Math.Clamp(ttl.Ticks / TimeSpan.TicksPerSecond, 0, uint.MaxValue),
            Capabilities = capabilities,
        };
    }

    /// <summary>A copy with the signature of its node.</summary>
    /// <exception cref="ArgumentException">The identity is not the one it speaks of.</exception>
    public CapabilityAnnouncement Sign(Identity identity)
    {
        ArgumentNullException.ThrowIfNull(identity);
        if (identity.EntityId != EntityId)
            throw new ArgumentException($"The announcement is of entity {EntityId}; the identity is {identity.EntityId}.", nameof(identity));
        byte[] signature = new byte[Identity.SignatureBytes];
        var message = new ArrayBufferWriter<byte>(1024);
        AnnouncementJson.WriteSigned(message, this);
        identity.Sign(message.WrittenSpan, signature);
        return this with { Signature = signature };
    }

    /// <summary>
    /// Whether the signature is right: over the canonical form, as 0.27.2 has it, or else over the very bytes that came,
    /// without signature and hop count, which is what a newer version with further members may sign (spec 04 §24).
    /// </summary>
    public bool Verify()
    {
        if (Signature.Length != Identity.SignatureBytes)
            return false;
        // One buffer a thread: signatures come by the thousand.
        ArrayBufferWriter<byte> message = _verifying ??= new(2 * MaxBytes);
        message.ResetWrittenCount();
        AnnouncementJson.WriteSigned(message, this);
        if (Identity.Verify(EntityId, message.WrittenSpan, Signature.Span))
            return true;
        return Received is { HasUnknownMembers: true } received && Identity.Verify(EntityId, received.WithoutUnsigned(), Signature.Span);
    }

    /// <summary>Whether <see cref="NodeId"/> is the one that derives from <see cref="EntityId"/>; the signature does not say so (T14).</summary>
    public bool HasOwnNodeId() => Identity.NodeIdOf(EntityId) == NodeId;

    /// <summary>Whether its time is over by its own clock. Receivers count from when it came instead (spec 04 §6.5).</summary>
    public bool IsExpired(TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        ulong now = UnixNanoseconds(time);
        ulong age = now > TimestampNs ? (now - TimestampNs) / 1_000_000_000 : 0;
        return age >= TtlSeconds;
    }

    /// <summary>A copy without the metadata that only its own node may act on; the signature no longer holds (spec 04 §8, T8).</summary>
    public CapabilityAnnouncement StripReservedMetadata() =>
        WithCapabilities(Capabilities.WithoutReservedMetadata());

    /// <summary>
    /// What a receiver stores: without reserved metadata, without heat it does not believe (spec 04 §8), and without the bytes
    /// that came.
    /// </summary>
    public CapabilityAnnouncement ToLocalCopy() =>
        Received is null ? WithCapabilities(Capabilities.AsOfAnother) : this with { Capabilities = Capabilities.AsOfAnother };

    /// <summary>Writes it as it travels.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        AnnouncementJson.Write(output, this);
    }

    /// <summary>The bytes that travel.</summary>
    public byte[] ToBytes()
    {
        var output = new ArrayBufferWriter<byte>(1024);
        AnnouncementJson.Write(output, this);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// The bytes that a forwarder sends on: the ones that came, with one hop more. False when it has travelled far enough, or
    /// was not read from bytes.
    /// </summary>
    public bool TryToForwardedBytes([NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = HopCount < MaxCapabilityHops - 1 && Received is not null ? Received.WithHopCount(HopCount + 1) : null;
        return bytes is not null;
    }

    /// <summary>
    /// Reads an announcement; unknown members and the order of members do not matter. Never throws, whatever the bytes are.
    /// The signature is not checked: that is <see cref="Verify"/>.
    /// </summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out CapabilityAnnouncement? announcement) =>
        AnnouncementJson.TryRead(bytes, out announcement);

    /// <summary>
    /// Likewise; takes over a set that is known already, and refers to the bytes: what is made of it by <c>with</c> does not.
    /// </summary>
    internal static bool TryFromBorrowedBytes(ReadOnlyMemory<byte> bytes, CapabilityIndex known, [NotNullWhen(true)] out CapabilityAnnouncement? announcement) =>
        AnnouncementJson.TryRead(bytes, known, out announcement);

    /// <summary>Equal in every member; lists and the signature by what they hold.</summary>
    public bool Equals(CapabilityAnnouncement? other) =>
        other is not null
        && NodeId == other.NodeId
        && EntityId == other.EntityId
        && Version == other.Version
        && TimestampNs == other.TimestampNs
        && TtlSeconds == other.TtlSeconds
        && HopCount == other.HopCount
        && Equals(ReflexAddress, other.ReflexAddress)
        && Signature.Span.SequenceEqual(other.Signature.Span)
        && AllowedNodes.SequenceEqual(other.AllowedNodes)
        && AllowedSubnets.SequenceEqual(other.AllowedSubnets)
        && AllowedGroups.SequenceEqual(other.AllowedGroups)
        && Capabilities.Equals(other.Capabilities);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(NodeId, Version, TimestampNs);

    private CapabilityAnnouncement WithCapabilities(CapabilitySet set) =>
        ReferenceEquals(set, Capabilities) ? this : this with { Capabilities = set };

    private static ulong UnixNanoseconds(TimeProvider time) => (ulong)Math.Max(0, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks) * 100;
}
