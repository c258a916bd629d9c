using System.Buffers;

namespace Net.Mesh.JetStream;

/// <summary>A message that came to the inbox. Its buffers belong to the client's reader: copy what must outlive the call.</summary>
internal readonly ref struct Reply(ReadOnlySequence<byte>? headers, ReadOnlySequence<byte> payload)
{
    public ReadOnlySequence<byte> Payload { get; } = payload;

    /// <summary>The header block as one piece of memory, from <c>NATS/1.0</c> to the empty line; empty when there is none.</summary>
    public ReadOnlySpan<byte> Headers { get; } = headers is { } block ? (block.IsSingleSegment ? block.FirstSpan : block.ToArray()) : default;

    /// <summary>The status after <c>NATS/1.0</c>: 503 when nobody listens, 404 when nothing is found; 0 for an ordinary message.</summary>
    public int Status => HeaderBlock.Status(Headers);
}

/// <summary>Waits for the answers to one or more requests. Called on the client's reader: never blocks, never throws.</summary>
internal interface IReplySink
{
    /// <summary>Where the requests went; the server names it when it denies them.</summary>
    string Subject { get; }

    /// <summary>An answer came.</summary>
    /// <param name="index">Which request it answers.</param>
    /// <param name="reply">The answer.</param>
    void OnReply(int index, in Reply reply);

    /// <summary>No answer will come.</summary>
    void Fail(AdapterException error);
}
