namespace Net.Mesh.Channels;

/// <summary>A message of a channel.</summary>
/// <param name="Publisher">The peer it came from.</param>
/// <param name="Channel">The channel.</param>
/// <param name="Payload">
/// Its bytes, in memory that is used again: valid until the next message is asked for. Copy what is to be kept.
/// </param>
/// <param name="Origin">
/// The hash that the publisher's packet names. Whoever has a session can write any: a message whose author matters has to be signed
/// (spec 03, T17).
/// </param>
/// <param name="Sequence">The number of its packet.</param>
/// <param name="Index">Its place in the packet.</param>
/// <param name="Missed">
/// Packets that are missing just before this message: 0 for none, -1 when the stream broke and nobody knows how many.
/// </param>
public readonly record struct ChannelMessage(
    NodeId Publisher, ChannelName Channel, ReadOnlyMemory<byte> Payload, OriginHash Origin, ulong Sequence, int Index, long Missed = 0)
{
    /// <summary>Whether something was lost just before this message.</summary>
    public bool FollowsGap => Missed != 0;

    /// <summary>The payload as UTF-8 text.</summary>
    public string GetString() => System.Text.Encoding.UTF8.GetString(Payload.Span);
}
