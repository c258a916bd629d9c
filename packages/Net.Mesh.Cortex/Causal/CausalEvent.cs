namespace Net.Mesh.Cortex;

/// <summary>An event with its place in a chain.</summary>
/// <param name="Link">The place.</param>
/// <param name="Payload">What it says; not copied.</param>
/// <param name="ReceivedNs">When this node got it, in Unix nanoseconds. It is not part of the chain.</param>
public readonly record struct CausalEvent(CausalLink Link, ReadOnlyMemory<byte> Payload, ulong ReceivedNs = 0);
