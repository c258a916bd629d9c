using Net.Mesh.Crypto;
using Net.Mesh.Node;
using Net.Mesh.Transport;

namespace Net.Mesh.Bus;

/// <summary>
/// Waits to be dialled, at any time: a peer that restarted gets a new session. A session is tentative until the first packet
/// authenticates under it, so that a replayed first message replaces nothing (spec 11 §5), and a message that does not verify costs
/// no attempt (05 T18).
/// </summary>
internal sealed class LinkResponder : LinkRole
{
    private const int MostTentative = 8;

    private readonly ILinkOwner _link;
    // 5 per source and second as in the reference (spec 01 §18), 1000 in all.
    private readonly HandshakeLimiter _limiter;
    private readonly ITimer _deadline;
    private readonly DatagramAddress? _onlyFrom;
    private readonly List<Tentative> _tentative = [];
    private NoisePublicKey _confirmedEphemeral;

    public LinkResponder(ILinkOwner link)
    {
        _link = link;
        _limiter = new(perSource: 5, inAll: 1000, link.Time);
        _onlyFrom = link.Options.PeerAddress is { } peer ? DatagramAddress.From(peer) : null;
        _deadline = link.Time.CreateTimer(static state => ((LinkResponder)state!).OnDeadline(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override void Start()
    {
        if (_link.IsStarting)
            _deadline.Change(_link.Options.HandshakeTimeout * _link.Options.HandshakeAttempts, Timeout.InfiniteTimeSpan);
    }

    public override void OnHandshake(ReadOnlySpan<byte> message, in DatagramAddress source)
    {
        if (message.Length < NoiseHandshake.OverheadBytes)
        {
            _link.Counters.Drop(MeshLinkDrop.HandshakeUnverified);
            return;
        }
        if (_onlyFrom is { } peer && !HasSameIp(peer, source))
        {
            _link.Counters.Drop(MeshLinkDrop.HandshakeRefused);
            return;
        }
        if (!_limiter.Admits(source, _link.Time.GetTimestamp()))
        {
            _link.Counters.Drop(MeshLinkDrop.HandshakeRateLimited);
            return;
        }
        var ephemeral = new NoisePublicKey(message[..NoiseHandshake.EphemeralBytes]);
        if (ephemeral == _confirmedEphemeral)
            _link.Counters.Drop(MeshLinkDrop.Replayed);
        else if (_tentative.Find(t => t.Ephemeral == ephemeral) is { } known)
            _link.Outbox.SendHandshake(known.Answer, source); // the answer was lost, or somebody replays; either way no new session
        else
            Answer(message, ephemeral, source);
    }

    public override LinkSession? FindTentative(ulong sessionId) => _tentative.Find(t => t.Session.Id == sessionId)?.Session;

    public override bool TryConfirm(LinkSession session)
    {
        Tentative tentative = _tentative.Single(t => t.Session == session);
        _tentative.Remove(tentative);
        // The peer goes on with the streams of a session that is not ours any more: it must begin anew.
        if (session.Proof.RenewedSession is { } renewed && _link.Current?.Id != renewed)
        {
            session.Dispose();
            return false;
        }
        _confirmedEphemeral = tentative.Ephemeral;
        DropTentative(_ => true);
        _link.Install(session);
        _link.SendHeartbeat();
        return true;
    }

    public override void OnSilence()
    {
        // The peer dials.
    }

    public override void OnHeartbeat()
    {
        long now = _link.Time.GetTimestamp();
        DropTentative(t => _link.Time.GetElapsedTime(t.Since, now) >= _link.Options.SessionTimeout);
    }

    public override void Dispose()
    {
        _deadline.Dispose();
        DropTentative(_ => true);
    }

    private static bool HasSameIp(in DatagramAddress a, in DatagramAddress b)
    {
        Span<byte> ipA = stackalloc byte[16];
        Span<byte> ipB = stackalloc byte[16];
        return ipA[..a.WriteBytes(ipA)].SequenceEqual(ipB[..b.WriteBytes(ipB)]);
    }

    private void Answer(ReadOnlySpan<byte> message, in NoisePublicKey ephemeral, in DatagramAddress source)
    {
        using NoiseHandshake noise = NoiseHandshake.CreateResponder(_link.Options.Psk, _link.Options.StaticKey!, prologue: []);
        Span<byte> answer = stackalloc byte[LinkHandshake.MaxDatagramBytes];
        switch (LinkHandshake.Answer(noise, message, _link.Policy, _link.Current, answer, out int length, out PeerProof proof))
        {
            case HandshakeOutcome.Complete:
                using (SessionKeys keys = proof.IsSecure ? noise.Split() : noise.DeriveReferenceKeys())
                    Keep(new(ephemeral, new(keys, isInitiator: false, proof, source, _link.Time.GetTimestamp()), answer[..length].ToArray(), _link.Time.GetTimestamp()));
                _link.Outbox.SendHandshake(answer[..length], source);
                break;
            case HandshakeOutcome.Unverified:
                _link.Counters.Drop(MeshLinkDrop.HandshakeUnverified);
                break;
            case HandshakeOutcome.ReferencePeer:
                _link.Counters.Drop(MeshLinkDrop.HandshakeRefused);
                _link.Log.PeerRefused(source, MeshLog.ReferenceRefusal(_link.Options));
                break;
            default:
                _link.Counters.Drop(MeshLinkDrop.HandshakeRefused);
                _link.Log.PeerRefused(source, "its secure block is malformed, or proves another identity");
                break;
        }
    }

    private void Keep(Tentative tentative)
    {
        if (_tentative.Count == MostTentative)
        {
            _tentative[0].Session.Dispose();
            _tentative.RemoveAt(0);
        }
        _tentative.Add(tentative);
    }

    private void DropTentative(Predicate<Tentative> which)
    {
        foreach (Tentative tentative in _tentative.FindAll(which))
            tentative.Session.Dispose();
        _tentative.RemoveAll(which);
    }

    private void OnDeadline() => _link.RunLocked(() =>
    {
        if (_link.IsStarting)
            _link.FailStart(new(AdapterErrorKind.Connection,
                $"no peer completed a handshake within {_link.Options.HandshakeTimeout * _link.Options.HandshakeAttempts}. Start the initiator in that time, or set WaitForPeer to false; both sides need the same key"));
    });

    private sealed record Tentative(NoisePublicKey Ephemeral, LinkSession Session, byte[] Answer, long Since);
}
