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
    private readonly BufferedStream _data;
    private readonly bool _isTerminal;

    public MessageWriter(Output output)
    {
        _output = output;
        _isTerminal = !Console.IsOutputRedirected;
        _data = new(StandardOutput.Open(), 1 << 16);
    }

    /// <summary>Whether nobody reads any more.</summary>
    public bool IsReaderGone { get; private set; }

    /// <summary>Writes a message, perhaps only with the next flush; false when nobody reads any more.</summary>
    public async ValueTask<bool> TryWriteAsync(ChannelMessage message, CancellationToken stop)
    {
        try
        {
            if (_output.IsJson)
                _output.Result(Line(message), "");
            else
                await WriteTextAsync(message, stop).ConfigureAwait(false);
        }
        catch (IOException cause) when (StandardOutput.IsReaderGone(cause))
        {
            IsReaderGone = true;
        }
        return !IsReaderGone;
    }

    /// <summary>Writes what is waiting; false when nobody reads any more.</summary>
    public async ValueTask<bool> TryFlushAsync()
    {
        try
        {
            await _data.FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (IOException cause) when (StandardOutput.IsReaderGone(cause))
        {
            IsReaderGone = true;
        }
        return !IsReaderGone;
    }

    // What is still waiting cannot be written when nobody reads.
    public ValueTask DisposeAsync() => IsReaderGone ? ValueTask.CompletedTask : _data.DisposeAsync();

    private async ValueTask WriteTextAsync(ChannelMessage message, CancellationToken stop)
    {
        if (message.FollowsGap)
            _output.Note(message.Missed > 0 ? $"gap    {message.Missed} packets were lost" : "gap    the connection broke; messages may be missing");
        ReadOnlyMemory<byte> bytes = _isTerminal ? Encoding.UTF8.GetBytes(Printable.Text(message.GetString())) : message.Payload;
        await _data.WriteAsync(bytes, stop).ConfigureAwait(false);
        _data.WriteByte((byte)'\n');
    }

    private static MessageLine Line(ChannelMessage message)
    {
        bool isText = Utf8.IsValid(message.Payload.Span);
        return new(
            message.Publisher.ToString(), message.Channel.ToString(), message.Sequence, message.Index, message.Missed == 0 ? null : message.Missed,
            isText ? message.GetString() : null, isText ? null : Convert.ToBase64String(message.Payload.Span));
    }
}
