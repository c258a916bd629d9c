using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Net.Mesh.JetStream;

/// <summary>A message of a stream, copied out of the client's buffers.</summary>
/// <param name="Sequence">Its place in the stream.</param>
/// <param name="Payload">Its body.</param>
/// <param name="DedupId">Its <c>Nats-Msg-Id</c>, when it has one.</param>
internal sealed record StoredMessage(ulong Sequence, byte[] Payload, string? DedupId)
{
    /// <summary>Reads the answer to a direct get: the message itself, its place in a header.</summary>
    public static StoredMessage? FromDirect(in Reply reply) =>
        HeaderBlock.TryGet(reply.Headers, "Nats-Sequence"u8, out ReadOnlySpan<byte> text) && Utf8Parser.TryParse(text, out ulong sequence, out _)
            ? new(sequence, reply.Payload.ToArray(), ReadDedupId(reply.Headers))
            : null;

    /// <summary>Reads the <c>message</c> of an answer to STREAM.MSG.GET.</summary>
    public static StoredMessage? FromApi(JsonElement answer)
    {
        if (!answer.TryGetProperty("message"u8, out JsonElement message) || !message.TryGetProperty("seq"u8, out JsonElement seq) || !seq.TryGetUInt64(out ulong sequence))
            return null;
        byte[] payload = message.TryGetProperty("data"u8, out JsonElement data) && data.TryGetBytesFromBase64(out byte[]? body) ? body : [];
        string? id = message.TryGetProperty("hdrs"u8, out JsonElement headers) && headers.TryGetBytesFromBase64(out byte[]? block) ? ReadDedupId(block) : null;
        return new(sequence, payload, id);
    }

    private static string? ReadDedupId(ReadOnlySpan<byte> headers) =>
        HeaderBlock.TryGet(headers, "Nats-Msg-Id"u8, out ReadOnlySpan<byte> id) ? Encoding.UTF8.GetString(id) : null;
}
