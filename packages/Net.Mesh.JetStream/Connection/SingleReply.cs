using System.Buffers;

namespace Net.Mesh.JetStream;

/// <summary>Waits for one answer of the JetStream API.</summary>
internal sealed class SingleReply(string subject, bool serverHasJetStream) : IReplySink
{
    private readonly TaskCompletionSource<byte[]> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Subject { get; } = subject;

    public Task<byte[]> Task => _answer.Task;

    public void OnReply(int index, in Reply reply)
    {
        if (reply.Status == 503)
            _answer.TrySetException(JetStreamErrors.NobodyListens(Subject, serverHasJetStream));
        else
            _answer.TrySetResult(reply.Payload.ToArray());
    }

    public void Fail(AdapterException error) => _answer.TrySetException(error);
}
