using System.Buffers;
using System.Text.Json;

namespace Net.Mesh.JetStream;

/// <summary>Collects the answers to many requests for messages.</summary>
internal sealed class FetchTracker(string subject, int count, bool isDirect, bool serverHasJetStream) : IReplySink
{
    private readonly Lock _lock = new();
    private readonly StoredMessage?[] _messages = new StoredMessage?[count];
    private readonly bool[] _seen = new bool[count];
    private readonly TaskCompletionSource<StoredMessage?[]> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _missing = count;

    public string Subject { get; } = subject;

    /// <summary>The messages in the order of the requests; null where there is none.</summary>
    public Task<StoredMessage?[]> Task => _done.Task;

    /// <summary>How many requests have no answer yet.</summary>
    public int Missing => Volatile.Read(ref _missing);

    public void OnReply(int index, in Reply reply)
    {
        StoredMessage? message = null;
        AdapterException? error = isDirect ? ReadDirect(reply, ref message) : ReadApi(reply, ref message);
        if (error is not null)
        {
            Fail(error);
            return;
        }
        lock (_lock)
        {
            if ((uint)index >= (uint)_seen.Length || _seen[index])
                return;
            _seen[index] = true;
            _messages[index] = message;
            if (--_missing > 0)
                return;
        }
        _done.TrySetResult(_messages);
    }

    public void Fail(AdapterException error) => _done.TrySetException(error);

    private AdapterException? ReadDirect(in Reply reply, ref StoredMessage? message)
    {
        switch (reply.Status)
        {
            case 0:
                message = StoredMessage.FromDirect(reply);
                return message is null ? Unexpected() : null;
            case 404:
                return null;
            case 503:
                return JetStreamErrors.NobodyListens(Subject, serverHasJetStream);
            case 408:
                return new(AdapterErrorKind.Fatal, $"{Subject} refuses the request as malformed; the server is too old (2.9 or newer is needed)");
            default:
                return new(AdapterErrorKind.Transient, $"{Subject} answered with status {reply.Status}");
        }
    }

    private AdapterException? ReadApi(in Reply reply, ref StoredMessage? message)
    {
        if (reply.Status == 503)
            return JetStreamErrors.NobodyListens(Subject, serverHasJetStream);
        try
        {
            using JsonDocument answer = ApiAnswer.Parse(reply.Payload.ToArray(), Subject);
            if (ApiAnswer.Error(answer) is { } error)
                return error.IsMessageNotFound ? null : JetStreamErrors.FromApi(error, Subject);
            message = StoredMessage.FromApi(answer.RootElement);
            return message is null ? Unexpected() : null;
        }
        catch (AdapterException e)
        {
            return e;
        }
    }

    private AdapterException Unexpected() =>
        new(AdapterErrorKind.Fatal, $"{Subject} was answered by something that is not JetStream; another program listens there");
}
