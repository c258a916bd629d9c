using System.Buffers;
using System.IO.Hashing;
using System.Text;

namespace Net.Mesh.Wire;

/// <summary>The ids of streams: how they are made from names, and which are spoken for (spec 01 §11.1, 02 §7.3).</summary>
public static class StreamIds
{
    private const ulong ChannelBit = 1UL << 48;
    private const ulong BlobTransferBit = 1UL << 61;
    private const int StackBytes = 256;

    /// <summary>
    /// The stream id of a name: XXH3-64 of its UTF-8 bytes. A quarter of all names gets an id that a node of 0.27.2 swallows:
    /// see <see cref="IsSafeForPeer"/>.
    /// </summary>
    public static ulong FromKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        int maxLength = Encoding.UTF8.GetMaxByteCount(key.Length);
        byte[]? rented = null;
        Span<byte> utf8 = maxLength <= StackBytes
            ? stackalloc byte[StackBytes]
            : rented = ArrayPool<byte>.Shared.Rent(maxLength);
        int length = Encoding.UTF8.GetBytes(key, utf8);
        ulong id = FromBytes(utf8[..length]);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return id;
    }

    /// <summary>The stream id of bytes: XXH3-64.</summary>
    public static ulong FromBytes(ReadOnlySpan<byte> key) => XxHash3.HashToUInt64(key);

    /// <summary>The shard that bytes belong to: <see cref="FromBytes"/> modulo the number of shards.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are no shards.</exception>
    public static int ToShard(ReadOnlySpan<byte> key, int shardCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(shardCount);
        return (int)(FromBytes(key) % (uint)shardCount);
    }

    /// <summary>The stream that a channel's publishes ride on.</summary>
    public static ulong ForChannel(ulong channelHash) => channelHash | ChannelBit;

    /// <summary>The stream that a subprotocol's messages ride on, where its chapter does not name another.</summary>
    public static ulong ForSubprotocol(ushort subprotocolId) => subprotocolId;

    /// <summary>Whether the id has the form of a channel's.</summary>
    public static bool IsChannel(ulong streamId) => (streamId & ChannelBit) != 0 && streamId != WireLimits.ControlStreamId;

    /// <summary>Whether a node of 0.27.2 gives everything on this id to its blob engine, and nothing to the application (spec 01 T10, 02 T22).</summary>
    public static bool IsBlobTransfer(ulong streamId) => (streamId & (BlobTransferBit | ChannelBit)) == BlobTransferBit;

    /// <summary>
    /// Whether an application may open this id towards a node of 0.27.2: no blob transfer, no channel, no id that a known
    /// subprotocol counts its own messages on, and not the control stream.
    /// </summary>
    public static bool IsSafeForPeer(ulong streamId)
    {
        bool isSubprotocols = streamId is > 0 and <= ushort.MaxValue && SubprotocolId.IsAssigned((ushort)streamId);
        return streamId != WireLimits.ControlStreamId && !IsBlobTransfer(streamId) && !IsChannel(streamId) && !isSubprotocols;
    }
}
