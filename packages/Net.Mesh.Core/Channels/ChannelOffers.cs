using Net.Mesh.Capabilities;

namespace Net.Mesh.Channels;

/// <summary>
/// Channels in announcements: a publisher that offers one announces <c>channel:NAME</c>, so that others find it by the name. Nodes that
/// do not know the tag read past it.
/// </summary>
internal static class ChannelOffers
{
    private const string Prefix = "channel:";

    public static Tag TagOf(ChannelName channel) => Tag.Parse(Prefix + channel.Text);

    /// <summary>The channels that a node offers and that are, or lie below, a name.</summary>
    public static IEnumerable<ChannelName> Under(ChannelName root, CapabilitySet announced)
    {
        foreach (Tag tag in announced.TagsStartingWith(Prefix).ToArray())
        {
            if (TryRead(tag, out ChannelName channel) && root.IsPrefixOf(channel))
                yield return channel;
        }
    }

    private static bool TryRead(Tag tag, out ChannelName channel) => ChannelName.TryCreate(tag.ToString()[Prefix.Length..], out channel, out _);
}
