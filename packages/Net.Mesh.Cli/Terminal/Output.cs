using System.Text.Encodings.Web;
using System.Text.Json;

namespace Net.Mesh.Cli.Terminal;

/// <summary>
/// Where a command speaks: results on standard output, everything about them on standard error. With --json each result is one
/// object on a line. A command whose output is data gives its lines to standard error. Thread-safe.
/// </summary>
internal sealed class Output(bool isJson, TextWriter results, TextWriter notes)
{
    // Readable for a person with grep: only what JSON itself demands is escaped.
    private static readonly LineJson Json = new(new JsonSerializerOptions(LineJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly Lock _gate = new();

    public bool IsJson => isJson;

    /// <summary>The same with every line on standard error: standard output carries data.</summary>
    public Output BesideData() => new(isJson, notes, notes);

    /// <summary>The same for a command that ends when nobody reads its results any more, which writing them tells by an exception.</summary>
    public Output ForReader() => new(isJson, new StreamWriter(StandardOutput.Open()), notes);

    /// <summary>One that says nothing.</summary>
    public Output Silent() => new(isJson, TextWriter.Null, TextWriter.Null);

    /// <summary>A result, as an object or as text.</summary>
    public void Result(Line line, string text)
    {
        lock (_gate)
        {
            results.WriteLine(isJson ? ToJson(line) : text);
            results.Flush();
        }
    }

    /// <summary>How things stand, of a command whose results are data: an object among the others, or a remark beside the text.</summary>
    public void Status(Line line, string text)
    {
        if (isJson)
            Result(line, text);
        else
            Note(text);
    }

    /// <summary>A remark for a person; a program does not need it.</summary>
    public void Note(string text)
    {
        if (isJson)
            return;
        lock (_gate)
            notes.WriteLine(text);
    }

    public void Error(in Failure failure)
    {
        lock (_gate)
            notes.WriteLine(isJson ? ToJson(new ErrorLine(failure.Kind, failure.Message, failure.ExitCode)) : $"netmesh: {failure.Message}");
    }

    private static string ToJson(Line line) => JsonSerializer.Serialize(line, line.GetType(), Json);
}
