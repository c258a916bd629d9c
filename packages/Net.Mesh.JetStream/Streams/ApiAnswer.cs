using System.Text.Json;

namespace Net.Mesh.JetStream;

/// <summary>Opens an answer of the JetStream API.</summary>
internal static class ApiAnswer
{
    /// <summary>Parses an answer; the caller disposes it.</summary>
    /// <exception cref="AdapterException">The answer is no JSON object: something else listens there.</exception>
    public static JsonDocument Parse(byte[] answer, string doing)
    {
        try
        {
            var document = JsonDocument.Parse(answer);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
        }
        catch (JsonException)
        {
            // told below, without the text of the answer
        }
        throw new AdapterException(AdapterErrorKind.Fatal, $"{doing} was answered with something that is not JSON; another program listens on the API's subjects");
    }

    public static ApiError? Error(JsonDocument answer)
    {
        if (!answer.RootElement.TryGetProperty("error"u8, out JsonElement error) || error.ValueKind != JsonValueKind.Object)
            return null;
        int code = error.TryGetProperty("code"u8, out JsonElement c) && c.TryGetInt32(out int number) ? number : 0;
        int errorCode = error.TryGetProperty("err_code"u8, out JsonElement e) && e.TryGetInt32(out number) ? number : 0;
        return new(code, errorCode, error.TryGetProperty("description"u8, out JsonElement text) ? text.GetString() ?? "" : "");
    }
}
