namespace Net.Mesh;

/// <summary>A message of a stream.</summary>
/// <param name="Payload">
/// Its bytes, in memory that is used again: valid until the next message is asked for. Copy what is to be kept, or read with
/// <see cref="StreamReadOptions.CopyPayloads"/>.
/// </param>
/// <param name="Sequence">The sequence of its packet on the stream.</param>
/// <param name="Index">Its place in the packet.</param>
public readonly record struct StreamMessage(ReadOnlyMemory<byte> Payload, ulong Sequence, int Index)
{
    /// <summary>The payload as UTF-8 text.</summary>
    public string GetString() => System.Text.Encoding.UTF8.GetString(Payload.Span);
}

/// <summary>How a stream is read.</summary>
public sealed record StreamReadOptions
{
    /// <summary>Whether each message gets memory of its own, which may be kept. Default: false.</summary>
    public bool CopyPayloads { get; init; }

    /// <summary>
    /// Whether the reader's code may run on the thread that receives for the whole node, which saves the hand-over to the thread pool.
    /// Only for code that is short and never blocks: while it runs, the node receives nothing. Default: false.
    /// </summary>
    public bool AllowSynchronousContinuations { get; init; }
}
