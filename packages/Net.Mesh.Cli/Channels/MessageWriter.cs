using System.Text;
using System.Text.Unicode;
using Net.Mesh.Channels;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Channels;

/// <summary>
/// Messages of a channel on standard output, a line each: the bytes as they came, or JSON objects. A terminal gets no control
/// characters, with which a publisher could write over what stands there.
/// </summary>
internal sealed class MessageWriter : IAsyncDisposable
{
    private readonly Output _output;
    private readonly Stream? _data;
    private readonly bool _isTerminal;

    public MessageWriter(Output output)
    {
        _output = output;
        _isTerminal = !Console.IsOutputRedirected;
        _data = output.IsJson ? null : new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
    }

    public async ValueTask WriteAsync(ChannelMessage message, CancellationToken stop)
    {
        if (message.FollowsGap && _data is not null)
            _output.Note(message.Missed > 0 ? $"gap    {message.Missed} packets were lost" : "gap    the connection broke; messages may be missing");
        if (_data is null)
        {
            _output.Result(Line(message), "");
            return;
        }
        ReadOnlyMemory<byte> bytes = _isTerminal ? Encoding.UTF8.GetBytes(Printable.Text(message.GetString())) : message.Payload;
        await _data.WriteAsync(bytes, stop).ConfigureAwait(false);
        _data.WriteByte((byte)'\n');
    }

    public Task FlushAsync() => _data?.FlushAsync(CancellationToken.None) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => _data?.DisposeAsync() ?? ValueTask.CompletedTask;

    private static MessageLine Line(ChannelMessage message)
    {
        bool isText = Utf8.IsValid(message.Payload.Span);
        return new(
            message.Publisher.ToString(), message.Channel.ToString(), message.Sequence, message.Index, message.Missed == 0 ? null : message.Missed,
            isText ? message.GetString() : null, isText ? null : Convert.ToBase64String(message.Payload.Span));
    }
}
