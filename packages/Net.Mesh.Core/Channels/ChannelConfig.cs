using Net.Mesh.Capabilities;

namespace Net.Mesh.Channels;

/// <summary>What a publisher lets happen on a channel (spec 03 §3.4). Immutable.</summary>
/// <example><code>
/// var config = new ChannelConfig("sensors/temp") { RequireToken = true, TokenRoots = [issuer] };
/// </code></example>
/// <param name="Name">The channel.</param>
public sealed record ChannelConfig(ChannelName Name)
{
    /// <summary>How far the channel reaches. Default: <see cref="Visibility.Global"/>.</summary>
    public Visibility Visibility { get; init; } = Visibility.Global;

    /// <summary>What this node has to have announced to publish; null for nothing, the default.</summary>
    public CapabilityFilter? PublishCaps { get; init; }

    /// <summary>
    /// What a node has to have announced to subscribe; null for nothing, the default. Anybody may announce anything: this brings
    /// together who fits, and keeps nobody out.
    /// </summary>
    public CapabilityFilter? SubscribeCaps { get; init; }

    /// <summary>
    /// Whether a token is needed, to publish as to subscribe. Without <see cref="TokenRoots"/> nobody has one that counts; see
    /// <see cref="RootedIn"/>. Default: false.
    /// </summary>
    public bool RequireToken { get; init; }

    /// <summary>Whose tokens count; any here makes tokens needed. Default: none.</summary>
    public IReadOnlyList<EntityId> TokenRoots { get; init; } = [];

    /// <summary>Which of two channels goes first, 0 to 255. Default: 0.</summary>
    public byte Priority { get; init; }

    /// <summary>Whether publishes are sent again until they arrive, where the publish does not say. Default: false.</summary>
    public bool Reliable { get; init; }

    /// <summary>
    /// Whether the node announces that it has this channel, so that others find it by the name. Every name takes room in the node's one
    /// announcement of 8 KB. Default: false.
    /// </summary>
    public bool IsOffered { get; init; }

    /// <summary>The most packets per second to publish; null for no limit, the default.</summary>
    public uint? MaxRatePerSecond { get; init; }

    /// <summary>Whether a token is needed: it is required, or there are roots.</summary>
    public bool TokenRequired => RequireToken || TokenRoots.Count > 0;

    /// <summary>Whether nobody can pass: a token is required, and nobody's counts.</summary>
    public bool IsClosed => RequireToken && TokenRoots.Count == 0;

    /// <summary>This channel with these roots; a token is needed then.</summary>
    public ChannelConfig WithTokenRoots(params IReadOnlyList<EntityId> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        return this with { TokenRoots = [.. roots], RequireToken = true };
    }

    /// <summary>This channel with its owner as the root where it requires tokens and names none: what such a channel is meant to be.</summary>
    public ChannelConfig RootedIn(EntityId owner) => IsClosed ? this with { TokenRoots = [owner] } : this;

    /// <summary>Whether an entity's word counts for this channel.</summary>
    public bool IsRoot(in EntityId entity)
    {
        for (int i = 0; i < TokenRoots.Count; i++)
        {
            if (TokenRoots[i] == entity)
                return true;
        }
        return false;
    }
}
