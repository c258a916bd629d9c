using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Logs;

/// <summary>Events of a log on standard output, a line each: their payloads as text, or in hexadecimal digits where that is none; or JSON objects.</summary>
/// <param name="output">Where it speaks.</param>
/// <param name="channel">The log.</param>
/// <param name="isLong">Whether sequence and time stand before a payload.</param>
internal sealed class EventWriter(Output output, ChannelName channel, bool isLong) : IDisposable
{
    private const int MostHeldBack = 64 * 1024;

    private readonly Stream _data = StandardOutput.Open();
    private readonly ArrayBufferWriter<byte> _lines = new();
    private ulong? _next;

    /// <summary>The sequence after the last event that was written; null while there is none.</summary>
    public ulong? Next => _next;

    /// <summary>Writes an event, perhaps only with the next flush.</summary>
    public void Write(in RedexEvent read)
    {
        ulong missed = _next is { } expected && read.Seq > expected ? read.Seq - expected : 0;
        _next = read.Seq + 1;
        if (output.IsJson)
        {
            output.Result(LineOf(read, missed), "");
            return;
        }
        if (missed > 0)
        {
            Flush();
            output.Note($"gap    {missed} events before {read.Seq} are not there any more");
        }
        if (isLong)
            Encoding.UTF8.GetBytes($"{read.Seq} {TimeOf(read.TimestampNs)} ", _lines);
        AddPayload(read.Payload.Span);
        _lines.Write("\n"u8);
        if (_lines.WrittenCount >= MostHeldBack)
            Flush();
    }

    public void Flush()
    {
        if (_lines.WrittenCount == 0)
            return;
        _data.Write(_lines.WrittenSpan);
        _data.Flush();
        _lines.ResetWrittenCount();
    }

    public void Dispose() => _data.Dispose();

    /// <summary>To the nanosecond, which a number in JSON would lose.</summary>
    internal static string TimeOf(ulong nanoseconds)
    {
        DateTimeOffset second = DateTimeOffset.FromUnixTimeSeconds((long)(nanoseconds / 1_000_000_000));
        return string.Create(CultureInfo.InvariantCulture, $"{second:yyyy-MM-ddTHH:mm:ss}.{nanoseconds % 1_000_000_000:000000000}Z");
    }

    // What holds a line break or another control character is no line of text, and could write over what stands on a terminal.
    private void AddPayload(ReadOnlySpan<byte> payload)
    {
        if (Utf8.IsValid(payload) && !HasControl(payload))
            _lines.Write(payload);
        else
            Encoding.UTF8.GetBytes($"0x{Convert.ToHexStringLower(payload)}", _lines);
    }

    private static bool HasControl(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            // U+0080 to U+009F are 0xC2 and the code itself.
            if ((text[i] < 0x20 && text[i] != '\t') || text[i] == 0x7F || (text[i] == 0xC2 && text[i + 1] < 0xA0))
                return true;
        }
        return false;
    }

    private EntryLine LineOf(in RedexEvent read, ulong missed)
    {
        ReadOnlySpan<byte> payload = read.Payload.Span;
        bool isText = Utf8.IsValid(payload);
        return new(
            channel.ToString(), read.Seq, TimeOf(read.TimestampNs), missed == 0 ? null : missed, read.Entry.IsInline ? true : null,
            isText ? Encoding.UTF8.GetString(payload) : null, isText ? null : Convert.ToBase64String(payload), isText ? null : Convert.ToHexStringLower(payload));
    }
}
