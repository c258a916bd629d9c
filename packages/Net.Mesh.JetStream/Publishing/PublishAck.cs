using System.Buffers;
using System.Text.Json;

namespace Net.Mesh.JetStream;

/// <summary>How the server acknowledged one message.</summary>
/// <param name="Sequence">Where the message stands; for a duplicate, where the earlier one stands.</param>
/// <param name="IsDuplicate">The id is already in the stream's window: this message was not stored.</param>
/// <param name="Error">Why it was not stored.</param>
internal readonly record struct PublishAck(ulong Sequence, bool IsDuplicate, ApiError? Error)
{
    /// <summary>Reads <c>{"stream":…,"seq":1,"duplicate":true}</c> or <c>{"error":{…},…}</c>; false when it is neither.</summary>
    public static bool TryRead(in ReadOnlySequence<byte> payload, out PublishAck ack)
    {
        ack = default;
        ulong? sequence = null;
        bool isDuplicate = false;
        ApiError? error = null;
        var reader = new Utf8JsonReader(payload);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("seq"u8))
                    sequence = reader.Read() && reader.TryGetUInt64(out ulong value) ? value : null;
                else if (reader.ValueTextEquals("duplicate"u8))
                    isDuplicate = reader.Read() && reader.TokenType == JsonTokenType.True;
                else if (reader.ValueTextEquals("error"u8))
                    error = ReadError(ref reader);
                else
                    reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
        ack = new(sequence ?? 0, isDuplicate, error);
        return error is not null || sequence is not null;
    }

    private static ApiError? ReadError(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return null;
        int code = 0, errorCode = 0;
        string description = "";
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("code"u8))
                code = reader.Read() && reader.TryGetInt32(out int value) ? value : 0;
            else if (reader.ValueTextEquals("err_code"u8))
                errorCode = reader.Read() && reader.TryGetInt32(out int value) ? value : 0;
            else if (reader.ValueTextEquals("description"u8))
                description = reader.Read() ? reader.GetString() ?? "" : "";
            else
                reader.Skip();
        }
        return new(code, errorCode, description);
    }
}
