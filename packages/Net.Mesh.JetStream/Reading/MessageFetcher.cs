using System.Buffers;
using System.Buffers.Text;
using System.Text;
using NATS.Client.Core;

namespace Net.Mesh.JetStream;

/// <summary>Reads messages of a stream, many at once: a page costs round trips by the hundred messages, not by the message (T37).</summary>
internal sealed class MessageFetcher(JetStreamConnection connection, JetStreamAdapterOptions options, TimeProvider time)
{
    /// <summary>For each sequence: the first message of the shard at or after it; null when there is none.</summary>
    public ValueTask<StoredMessage?[]> FetchAsync(
        StreamNames names, bool isDirect, IReadOnlyList<ulong> sequences, CancellationToken cancellationToken) =>
        RequestAsync(isDirect ? names.DirectGet : names.MessageGet, isDirect, [.. sequences.Select(s => new GetRequest(s, names.Subject))], cancellationToken);

    /// <summary>The message at exactly that place, asked from the stream's leader; null when it is gone.</summary>
    public async ValueTask<StoredMessage?> GetAsync(StreamNames names, ulong sequence, CancellationToken cancellationToken) =>
        (await RequestAsync(names.MessageGet, isDirect: false, [new GetRequest(sequence, null)], cancellationToken).ConfigureAwait(false))[0];

    private async ValueTask<StoredMessage?[]> RequestAsync(string subject, bool isDirect, GetRequest[] requests, CancellationToken cancellationToken)
    {
        var tracker = new FetchTracker(subject, requests.Length, isDirect, connection.ServerHasJetStream);
        ReplyTicket ticket = connection.OpenTicket(tracker);
        using var deadline = new Deadline(time, options.RequestTimeout, cancellationToken);
        try
        {
            for (int i = 0; i < requests.Length; i++)
                await connection.PublishAsync(subject, requests[i], null, ticket.Subject(i), GetRequestSerializer.Instance, deadline.Token).ConfigureAwait(false);
            return await WaitAsync(tracker, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not AdapterException)
        {
            throw JetStreamErrors.FromClient(e, $"reading through {subject}", options.RequestTimeout, cancellationToken);
        }
        finally
        {
            connection.CloseTicket(ticket);
        }
    }

    // Large messages over a slow line take their time; only standing still is a timeout.
    private async ValueTask<StoredMessage?[]> WaitAsync(FetchTracker tracker, CancellationToken cancellationToken)
    {
        while (true)
        {
            int before = tracker.Missing;
            try
            {
                return await tracker.Task.WaitAsync(options.RequestTimeout, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (tracker.Missing < before)
            {
                // slow, but it moves
            }
        }
    }

    /// <param name="Sequence">Where to start.</param>
    /// <param name="Subject">Whose messages; null asks for exactly the sequence.</param>
    private readonly record struct GetRequest(ulong Sequence, string? Subject);

    private sealed class GetRequestSerializer : INatsSerialize<GetRequest>
    {
        public static GetRequestSerializer Instance { get; } = new();

        public void Serialize(IBufferWriter<byte> bufferWriter, GetRequest value)
        {
            bufferWriter.Write("{\"seq\":"u8);
            Utf8Formatter.TryFormat(value.Sequence, bufferWriter.GetSpan(20), out int written);
            bufferWriter.Advance(written);
            if (value.Subject is { } subject)
            {
                // The prefix holds neither quotes nor control characters that JSON would want escaped; see Validate.
                bufferWriter.Write(",\"next_by_subj\":\""u8);
                Encoding.UTF8.GetBytes(subject, bufferWriter);
                bufferWriter.Write("\""u8);
            }
            bufferWriter.Write("}"u8);
        }
    }
}
