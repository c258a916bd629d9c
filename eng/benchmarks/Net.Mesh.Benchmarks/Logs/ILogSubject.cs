namespace Net.Mesh.Benchmarks.Logs;

/// <summary>A log that one measurement appends to. The loops are inside, so that nobody's append pays for a call through the interface.</summary>
internal interface ILogSubject : IAsyncDisposable
{
    /// <summary>Appends one payload again and again.</summary>
    void Append(byte[] payload, int times);

    /// <summary>Appends all of the payloads in one call, again and again.</summary>
    void AppendBatch(ReadOnlyMemory<byte>[] payloads, int times);

    /// <summary>Appends, and waits until that is on the disk. Called by many at once.</summary>
    ValueTask AppendDurableAsync(byte[] payload, CancellationToken stop);

    /// <summary>Waits until everything so far is on the disk.</summary>
    Task SyncAsync(CancellationToken stop);
}
