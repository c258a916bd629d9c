using Net.Mesh.Crypto;

namespace Net.Mesh.Node;

/// <summary>
/// The place of a session in the order of all sessions with a peer. Both sides compute it from the two messages of the handshake, so
/// that they agree on which session stays without having to agree on the time: one that was made knowing of another ranks above it, and
/// of two that crossed, the one whose initiator has the smaller id (spec 11 §5).
/// </summary>
/// <param name="Height">One more than the higher of the clocks that the two messages name.</param>
/// <param name="IsOfSmallerId">Whether the initiator is the side with the smaller node id.</param>
/// <param name="SessionId">Decides between two dials of one side that knew nothing of one another.</param>
internal readonly record struct SessionRank(ulong Height, bool IsOfSmallerId, ulong SessionId) : IComparable<SessionRank>
{
    public static SessionRank Of(in Continuity own, in Continuity other, bool isOfSmallerId, ulong sessionId)
    {
        ulong known = Math.Max(own.Clock, other.Clock);
        return new(known == ulong.MaxValue ? known : known + 1, isOfSmallerId, sessionId);
    }

    public int CompareTo(SessionRank other) =>
        Height != other.Height ? Height.CompareTo(other.Height)
        : IsOfSmallerId != other.IsOfSmallerId ? IsOfSmallerId.CompareTo(other.IsOfSmallerId)
        : SessionId.CompareTo(other.SessionId);
}
