namespace Net.Mesh.Cortex;

/// <summary>
/// A node's log and its leader's had gone on apart, as after a partition in which both sides appended: the leader's stays, and this
/// node's events from the first that differs are about to be dropped.
/// </summary>
/// <param name="Channel">The channel.</param>
/// <param name="Leader">The leader.</param>
/// <param name="From">The first sequence that differs.</param>
/// <param name="End">Where this node's log ended.</param>
/// <param name="Events">What is about to be dropped, read as it is asked for: only until the observer returns.</param>
public sealed record ReplicaDivergence(ChannelName Channel, NodeId Leader, ulong From, ulong End, IEnumerable<DivergentEvent> Events);

/// <summary>An event that gives way to the leader's.</summary>
/// <param name="Seq">Its sequence.</param>
/// <param name="Payload">Its payload.</param>
public readonly record struct DivergentEvent(ulong Seq, ReadOnlyMemory<byte> Payload);
