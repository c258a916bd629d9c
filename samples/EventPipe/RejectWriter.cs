using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventPipe;

/// <summary>A line of the reject file.</summary>
internal sealed record RejectedLine(string Source, long Line, string Reason, string Text);

/// <summary>Writes malformed lines as JSON lines. The file is made when there is the first one, and replaces an older one.</summary>
internal sealed class RejectWriter(string path) : IDisposable
{
    // Readable for a person with grep: only what JSON itself demands is escaped.
    private static readonly AccessJson Json = new(new JsonSerializerOptions(AccessJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private StreamWriter? _file;

    public void Write(InputLine line, string reason)
    {
        _file ??= new(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        var rejected = new RejectedLine(line.Source, line.Number, reason, Encoding.UTF8.GetString(line.Text));
        _file.WriteLine(JsonSerializer.Serialize(rejected, Json.RejectedLine));
    }

    public void Dispose() => _file?.Dispose();
}
