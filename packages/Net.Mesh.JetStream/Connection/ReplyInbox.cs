using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using NATS.Client.Core;

namespace Net.Mesh.JetStream;

/// <summary>
/// One subscription for the answers to everything the adapter asks: <c>&lt;inbox&gt;.&lt;ticket&gt;.&lt;index&gt;</c>. A ticket covers
/// many requests and is never used twice, so an answer that comes late cannot be taken for the answer to something else.
/// </summary>
/// <remarks>The client's own request call makes a subscription and a task per message; this makes one of each per batch.</remarks>
internal sealed class ReplyInbox : NatsSubBase
{
    private readonly ConcurrentDictionary<long, IReplySink> _sinks = new();
    private readonly string _prefix;
    private long _lastTicket;

    public ReplyInbox(INatsConnection connection, string inboxPrefix)
        : this(connection, inboxPrefix, Nuid.NewNuid())
    {
    }

    private ReplyInbox(INatsConnection connection, string inboxPrefix, string nuid)
        : base(connection, connection.SubscriptionManager, $"{inboxPrefix}.{nuid}.>", null, null, CancellationToken.None) =>
        _prefix = $"{inboxPrefix}.{nuid}.";

    /// <summary>Starts a ticket; its answers go to the sink until <see cref="Close"/>.</summary>
    public ReplyTicket Open(IReplySink sink)
    {
        long id = Interlocked.Increment(ref _lastTicket);
        _sinks[id] = sink;
        return new(id, string.Create(CultureInfo.InvariantCulture, $"{_prefix}{id}."));
    }

    public void Close(ReplyTicket ticket) => _sinks.TryRemove(ticket.Id, out _);

    /// <summary>Ends the waits for everything that was sent to a subject; null means for everything.</summary>
    public void Fail(string? subject, AdapterException error)
    {
        foreach (IReplySink sink in _sinks.Values)
        {
            if (subject is null || sink.Subject == subject)
                sink.Fail(error);
        }
    }

    /// <summary>Ends the wait behind a reply subject of this inbox.</summary>
    public void FailReply(string replySubject, AdapterException error)
    {
        if (TryParse(replySubject, out long ticket, out _) && _sinks.TryGetValue(ticket, out IReplySink? sink))
            sink.Fail(error);
    }

    protected override ValueTask ReceiveInternalAsync(
        string subject, string? replyTo, ReadOnlySequence<byte>? headersBuffer, ReadOnlySequence<byte> payloadBuffer)
    {
        // An exception here would end the subscription, so the sinks do not throw.
        if (TryParse(subject, out long ticket, out int index) && _sinks.TryGetValue(ticket, out IReplySink? sink))
            sink.OnReply(index, new Reply(headersBuffer, payloadBuffer));
        return ValueTask.CompletedTask;
    }

    protected override void TryComplete() =>
        Fail(null, new AdapterException(AdapterErrorKind.Shutdown, "the JetStream connection was closed"));

    private bool TryParse(string subject, out long ticket, out int index)
    {
        (ticket, index) = (0, 0);
        if (!subject.StartsWith(_prefix, StringComparison.Ordinal))
            return false;
        ReadOnlySpan<char> rest = subject.AsSpan(_prefix.Length);
        int dot = rest.IndexOf('.');
        return dot > 0
            && long.TryParse(rest[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out ticket)
            && int.TryParse(rest[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }
}

/// <summary>The right to receive answers.</summary>
/// <param name="Id">Never used twice.</param>
/// <param name="Prefix">The reply subject up to the index.</param>
internal readonly record struct ReplyTicket(long Id, string Prefix)
{
    public string Subject(int index) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index}");
}
