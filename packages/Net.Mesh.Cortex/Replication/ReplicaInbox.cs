using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Replication;

/// <summary>
/// Messages that wait for a channel's owner, in two lanes: answers in the first, so that a flood of heartbeats does not starve them,
/// heartbeats and requests in the second (spec 06 §8.8). A full lane takes no more. Thread-safe.
/// </summary>
internal sealed class ReplicaInbox
{
    public const int MaxAnswers = 128;

    public const int MaxOthers = 1024;

    /// <summary>Answers that wait take no more than this together; one longer than that is taken when none waits.</summary>
    public const long MaxAnswerBytes = 64L * 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly Queue<ReceivedSync> _answers = new();
    private readonly Queue<ReceivedSync> _others = new();
    private long _answerBytes;

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _answers.Count == 0 && _others.Count == 0;
        }
    }

    /// <summary>Whether a message may be one of replication, by its length: all but answers fit a packet.</summary>
    public static bool Admits(ReadOnlySpan<byte> message) =>
        message.Length <= WireLimits.MaxPayloadBytes || SyncCodec.Peek(message) is SyncDispatch.Response;

    /// <summary>False when there is no room, or the message is none of replication.</summary>
    public bool TryAdd(in ReceivedSync received)
    {
        SyncDispatch? dispatch = SyncCodec.Peek(received.Message.Span);
        bool isAnswer = dispatch is SyncDispatch.Response or SyncDispatch.Nack;
        if (!isAnswer && dispatch is not (SyncDispatch.Heartbeat or SyncDispatch.Request))
            return false;
        lock (_gate)
        {
            Queue<ReceivedSync> lane = isAnswer ? _answers : _others;
            if (lane.Count >= (isAnswer ? MaxAnswers : MaxOthers))
                return false;
            if (isAnswer && _answers.Count > 0 && _answerBytes + received.Message.Length > MaxAnswerBytes)
                return false;
            if (isAnswer)
                _answerBytes += received.Message.Length;
            lane.Enqueue(received);
            return true;
        }
    }

    public bool TryTake([MaybeNullWhen(false)] out ReceivedSync received)
    {
        lock (_gate)
        {
            if (!_answers.TryDequeue(out received))
                return _others.TryDequeue(out received);
            _answerBytes -= received.Message.Length;
            return true;
        }
    }
}

/// <summary>A message and who sent it.</summary>
internal readonly record struct ReceivedSync(NodeId Sender, ReadOnlyMemory<byte> Message);
