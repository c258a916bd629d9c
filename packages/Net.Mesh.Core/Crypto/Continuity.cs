namespace Net.Mesh.Crypto;

/// <summary>
/// What a node says in a handshake of its memory of the other: extension type 2 of the secure block. With it both sides know of a new
/// session whether the other still has the streams of before, and which of two sessions is the later one, whoever dialled when. A peer
/// that does not know the extension skips it.
/// </summary>
/// <param name="Incarnation">Stays the same for as long as the sender remembers the peer; another one means that it has forgotten the
/// streams, by a restart or because the peer had left.</param>
/// <param name="Clock">A logical clock of the sender's sessions with the peer: the rank of the latest it knows of.</param>
public readonly record struct Continuity(ulong Incarnation, ulong Clock);
