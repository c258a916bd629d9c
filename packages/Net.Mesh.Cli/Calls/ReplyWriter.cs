using System.Text;
using System.Text.Unicode;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Calls;

/// <summary>
/// Answers on standard output: the bytes as they came, or JSON objects. A terminal gets no control characters, with which a server could
/// write over what stands there.
/// </summary>
internal sealed class ReplyWriter(Output output) : IAsyncDisposable
{
    private readonly bool _isTerminal = !Console.IsOutputRedirected;
    private readonly Stream _data = StandardOutput.Open();

    /// <summary>The one answer, or an item: those are lines.</summary>
    public async ValueTask WriteAsync(string service, long? item, TimeSpan? took, ReadOnlyMemory<byte> body, CancellationToken stop)
    {
        if (output.IsJson)
        {
            bool isText = Utf8.IsValid(body.Span);
            output.Result(
                new ReplyLine(
                    service, item, took is { } time ? Math.Round(time.TotalMilliseconds, 3) : null,
                    isText ? Encoding.UTF8.GetString(body.Span) : null, isText ? null : Convert.ToBase64String(body.Span)),
                "");
            return;
        }
        ReadOnlyMemory<byte> bytes = _isTerminal ? Encoding.UTF8.GetBytes(Lines(Encoding.UTF8.GetString(body.Span))) : body;
        await _data.WriteAsync(bytes, stop).ConfigureAwait(false);
        if (item is not null || _isTerminal)
            await _data.WriteAsync("\n"u8.ToArray(), stop).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    private static string Lines(string text) => string.Join('\n', text.Split('\n').Select(Printable.Text));
}
