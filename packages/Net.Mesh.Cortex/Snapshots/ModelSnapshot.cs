namespace Net.Mesh.Cortex;

/// <summary>The state of one model, and the last event in it.</summary>
/// <param name="Bytes">The state, as the model wrote it.</param>
/// <param name="LastSeq">The last event of the log that the state holds, with all before it; null when it holds none.</param>
public readonly record struct ModelSnapshot(ReadOnlyMemory<byte> Bytes, ulong? LastSeq);
