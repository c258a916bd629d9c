using System.Globalization;

namespace Net.Mesh;

/// <summary>An event that reached the node on a stream without a reader of its own.</summary>
/// <param name="Sender">Who sent it.</param>
/// <param name="StreamId">The stream it came on.</param>
/// <param name="Sequence">The sequence of its packet on that stream.</param>
/// <param name="Index">Its place in the packet.</param>
/// <param name="Shard">The shard it was queued in.</param>
/// <param name="Payload">Its bytes; the receiver's to keep.</param>
public readonly record struct ReceivedEvent(Peer Sender, ulong StreamId, ulong Sequence, int Index, ushort Shard, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The id in the form of Net 0.27: <c>sequence:index</c>. Unique per peer and stream only.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Sequence}:{Index}");

    /// <summary>The payload as UTF-8 text.</summary>
    public string GetString() => System.Text.Encoding.UTF8.GetString(Payload.Span);
}
