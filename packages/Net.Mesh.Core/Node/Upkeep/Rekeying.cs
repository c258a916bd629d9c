using Net.Mesh.Crypto;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node;

/// <summary>
/// Renews the keys of secure sessions (spec 11 §6): when they are old, and when the peer has fallen silent. A peer that is still there
/// then goes on with its streams; one that restarted, or that believes in another session, gets a new one. The side that dialled does
/// it: only it knows the other's static key. Called on the heartbeat tick.
/// </summary>
internal sealed class Rekeying(NodeCore core, Initiator initiator, SessionBook book)
{
    /// <summary>Packets after which a session gets fresh keys whatever its age.</summary>
    private const ulong MaxPackets = 1UL << 40;

    public void Tick(long now)
    {
        foreach (PeerLink peer in core.Peers.All)
        {
            if (peer.Current is { IsSecure: true } session && peer.StaticKey is { } key && (IsDue(session, now) || IsSilent(peer)) && !book.IsRenewing(peer))
                Renew(peer, session, key);
        }
    }

    /// <summary>Begins to renew a session now.</summary>
    /// <returns>The dial, or null when one is in flight or this side cannot renew.</returns>
    public Dial? Renew(PeerLink peer, Session session, NoisePublicKey key)
    {
        var dial = new Dial
        {
            Target = peer.Id,
            PublicKey = key,
            FirstHop = peer.Path.Address,
            Form = HandshakeForm.Routed,
            Renews = session.Id,
        };
        try
        {
            initiator.Start(dial);
            // Nobody waits for this one: a failure shows in the counters, and the next tick tries again.
            _ = dial.Done.Task.ContinueWith(static task => task.Exception, TaskScheduler.Default);
            return dial;
        }
        catch (PeerException)
        {
            return null;
        }
    }

    private static bool IsSilent(PeerLink peer) => peer.Status is NodeStatus.Suspected or NodeStatus.Failed;

    private bool IsDue(Session session, long now) => session.IsSecure && session.IsConfirmed && session.Facts.IsInitiator
        && (session.Facts.PeerFlags & SecureProfileFlags.Rekey) != 0
        && (core.Time.GetElapsedTime(session.Facts.CreatedAt, now) >= core.Options.RekeyInterval || session.PacketsSealed >= MaxPackets);
}
