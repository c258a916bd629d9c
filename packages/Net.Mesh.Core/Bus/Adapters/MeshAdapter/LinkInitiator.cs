using Net.Mesh.Crypto;
using Net.Mesh.Transport;

namespace Net.Mesh.Bus;

/// <summary>
/// Dials the configured address, and dials again when the peer is silent (spec 05 T17). Every attempt takes a fresh ephemeral;
/// only an answer that verifies ends one, so junk and late answers cost nothing (01 T3).
/// </summary>
/// <remarks>
/// <code>
/// idle ──Dial──▶ waiting ──answer──▶ confirming ──heard or 2.5 s──▶ idle
///                  │  ▲
///          timeout ▼  │ pause over
///                 pausing
/// </code>
/// </remarks>
internal sealed class LinkInitiator : LinkRole
{
    private static readonly TimeSpan PausePerAttempt = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // After 0.3, 1 and 2.5 s: a responder keeps a session tentative until it hears something under it (spec 11 §5).
    private static readonly TimeSpan[] Confirmations = [TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(700), TimeSpan.FromMilliseconds(1500)];

    private readonly ILinkOwner _link;
    private readonly DatagramAddress _peer;
    private readonly ITimer _timer;
    private Phase _phase;
    private NoiseHandshake? _noise;
    private ulong? _renews;
    private int _attempt;
    private int _confirmations;

    public LinkInitiator(ILinkOwner link)
    {
        _link = link;
        _peer = DatagramAddress.From(link.Options.PeerAddress!);
        _timer = link.Time.CreateTimer(static state => ((LinkInitiator)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private enum Phase
    {
        Idle,
        Waiting,
        Pausing,
        Confirming,
    }

    public override void Start() => Dial();

    public override void OnSilence() => Dial();

    public override void OnHandshake(ReadOnlySpan<byte> message, in DatagramAddress source)
    {
        if (source != _peer)
        {
            _link.Counters.Drop(MeshLinkDrop.HandshakeRefused);
            return;
        }
        HandshakePolicy policy = _link.Policy;
        if (_noise is null)
        {
            _link.Counters.Drop(MeshLinkDrop.HandshakeUnverified);
            return;
        }
        switch (LinkHandshake.Complete(_noise, message, policy, out PeerProof proof))
        {
            case HandshakeOutcome.Complete:
                Complete(proof);
                break;
            case HandshakeOutcome.Unverified:
                _link.Counters.Drop(MeshLinkDrop.HandshakeUnverified);
                break;
            case HandshakeOutcome.ReferencePeer:
                Refuse(MeshLog.ReferenceRefusal(_link.Options));
                break;
            default:
                Refuse($"the peer at {_peer} holds the keys, but does not prove to be who it should be. Check PeerEntity on this side and Identity on the other");
                break;
        }
    }

    public override void Dispose()
    {
        _timer.Dispose();
        EndAttempt();
    }

    private void Dial()
    {
        if (_phase is Phase.Waiting or Phase.Pausing)
            return;
        _attempt = 0;
        BeginAttempt();
    }

    private void BeginAttempt()
    {
        EndAttempt();
        _attempt++;
        _renews = _link.Current is { IsOrdered: true } current ? current.Id : null;
        _noise = NoiseHandshake.CreateInitiator(_link.Options.Psk, _link.Options.PeerPublicKey, prologue: []);
        Span<byte> datagram = stackalloc byte[LinkHandshake.MaxDatagramBytes];
        int length;
        try
        {
            length = LinkHandshake.WriteFirst(_noise, _link.Policy.Identity, _renews, datagram);
        }
        catch (MeshException e)
        {
            // A public key of low order: no attempt can succeed.
            _phase = Phase.Idle;
            _link.Log.PeerRefused(_peer, e.Message);
            _link.FailStart(new(AdapterErrorKind.Fatal, e.Message, e));
            return;
        }
        _link.Outbox.SendHandshake(datagram[..length], _peer);
        Enter(Phase.Waiting, _link.Options.HandshakeTimeout);
    }

    private void EndAttempt()
    {
        _noise?.Dispose();
        _noise = null;
    }

    private void Complete(PeerProof proof)
    {
        proof = proof with { RenewedSession = proof.RenewedSession == _renews ? _renews : null };
        using SessionKeys keys = proof.IsSecure ? _noise!.Split() : _noise!.DeriveReferenceKeys();
        var session = new LinkSession(keys, isInitiator: true, proof, _peer, _link.Time.GetTimestamp());
        EndAttempt();
        _confirmations = 0;
        Enter(Phase.Confirming, Confirmations[0]);
        _link.Install(session);
        _link.SendHeartbeat();
    }

    private void Refuse(string reason)
    {
        _link.Counters.Drop(MeshLinkDrop.HandshakeRefused);
        _link.Log.PeerRefused(_peer, reason);
        EndAttempt(); // consumed; the next attempt may meet another peer
        if (_link.IsStarting)
            Stop(new(AdapterErrorKind.Fatal, reason));
    }

    private void OnTimer() => _link.RunLocked(() =>
    {
        switch (_phase)
        {
            case Phase.Waiting when _link.IsStarting && _attempt >= _link.Options.HandshakeAttempts:
                Stop(new(AdapterErrorKind.Connection,
                    $"no answer from {_peer} to {_attempt} handshakes of {_link.Options.HandshakeTimeout} each. Is the responder running there, and do both sides hold the same key and the responder's public key?"));
                break;
            case Phase.Waiting:
                _link.Log.HandshakeUnanswered(_peer, _attempt);
                TimeSpan pause = PausePerAttempt * _attempt;
                Enter(Phase.Pausing, pause < LongestPause ? pause : LongestPause);
                break;
            case Phase.Pausing:
                BeginAttempt();
                break;
            case Phase.Confirming when _link.Current is { WasHeard: false } && _confirmations < Confirmations.Length:
                _link.SendHeartbeat();
                if (++_confirmations < Confirmations.Length)
                    Enter(Phase.Confirming, Confirmations[_confirmations]);
                else
                    _phase = Phase.Idle;
                break;
            default:
                _phase = Phase.Idle;
                break;
        }
    });

    private void Stop(AdapterException failure)
    {
        EndAttempt();
        Enter(Phase.Idle, Timeout.InfiniteTimeSpan);
        _link.FailStart(failure);
    }

    private void Enter(Phase phase, TimeSpan due)
    {
        _phase = phase;
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }
}
