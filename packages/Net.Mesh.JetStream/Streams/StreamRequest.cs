using System.Buffers;
using System.Text.Json;
using System.Text.Encodings.Web;

namespace Net.Mesh.JetStream;

/// <summary>The bodies of requests about streams.</summary>
internal static class StreamRequest
{
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Empty { get; } = "{}"u8.ToArray();

    /// <summary>The configuration of a new stream, member for member as the reference sends it (spec 05 §11.2).</summary>
    public static byte[] Create(StreamNames names, JetStreamAdapterOptions options) => Write(writer =>
    {
        writer.WriteString("name"u8, names.Stream);
        writer.WriteNumber("max_bytes"u8, options.MaxBytes ?? 0);
        writer.WriteNumber("max_msgs"u8, options.MaxMessages ?? 0);
        writer.WriteNumber("max_msgs_per_subject"u8, 0);
        writer.WriteString("discard"u8, "old"u8);
        writer.WriteStartArray("subjects"u8);
        writer.WriteStringValue(names.Subject);
        writer.WriteEndArray();
        writer.WriteString("retention"u8, "limits"u8);
        writer.WriteNumber("max_consumers"u8, 0);
        writer.WriteNumber("max_age"u8, Nanoseconds(options.MaxAge ?? TimeSpan.Zero));
        writer.WriteString("storage"u8, "file"u8);
        writer.WriteNumber("num_replicas"u8, options.Replicas);
        writer.WriteNumber("duplicate_window"u8, Nanoseconds(DedupWindow(options)));
        writer.WriteBoolean("allow_direct"u8, true);
        writer.WriteNull("consumer_limits"u8);
    });

    /// <summary>Asks for the page of stream names that starts at an offset.</summary>
    public static byte[] List(int offset, string subjectFilter) => Write(writer =>
    {
        writer.WriteNumber("offset"u8, offset);
        writer.WriteString("subject"u8, subjectFilter);
    });

    // T5: the server refuses a window that is longer than the age of the oldest message.
    public static TimeSpan DedupWindow(JetStreamAdapterOptions options) =>
        options.MaxAge is { } age && age < options.DedupWindow ? age : options.DedupWindow;

    // 292 years is what a signed number of nanoseconds holds.
    public static long Nanoseconds(TimeSpan time) => time.Ticks > long.MaxValue / 100 ? long.MaxValue : time.Ticks * 100;

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(320);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }
}
