using Net.Mesh.Crypto;
using Net.Mesh.Sessions;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// The dialling side of handshakes: sends first messages, reads answers, tries again. Its state is kept until an answer
/// verifies, so garbage and crossing handshakes disturb nothing (spec 01 T3, 02 T4). Thread-safe.
/// </summary>
internal sealed class Initiator(NodeCore core, SessionBook book)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly List<Dial> _dials = [];
    private Exception? _stopped;

    public bool IsIdle
    {
        get
        {
            lock (_gate)
                return _dials.Count == 0;
        }
    }

    /// <summary>Begins to dial; the dial's task ends with the peer or with what went wrong last.</summary>
    public void Start(Dial dial)
    {
        lock (_gate)
        {
            if (_stopped is not null)
                throw _stopped;
            if (_dials.Any(other => other.Target == dial.Target && other.FirstHop == dial.FirstHop && other.Form == dial.Form))
                throw new PeerException("already-in-flight", $"A handshake with {dial.Target} at {dial.FirstHop} is already in flight; wait for it.");
            _dials.Add(dial);
            dial.StartedAt = core.Time.GetTimestamp();
            Attempt(dial);
        }
    }

    public void Cancel(Dial dial, Exception? reason = null)
    {
        lock (_gate)
            End(dial);
        if (reason is not null)
            dial.Done.TrySetException(reason);
        else
            dial.Done.TrySetCanceled();
    }

    /// <summary>Ends every dial and refuses further ones: the node stops.</summary>
    public void CancelAll(PeerException reason)
    {
        Dial[] all;
        lock (_gate)
        {
            _stopped = reason;
            all = [.. _dials];
        }
        foreach (Dial dial in all)
            Cancel(dial, reason);
    }

    /// <summary>Whether some dial may be waiting for an answer like this; cheap.</summary>
    public bool MayExpect(uint? routingId, in DatagramAddress source)
    {
        lock (_gate)
        {
            foreach (Dial dial in _dials)
            {
                if (Matches(dial, routingId, source))
                    return true;
            }
            return false;
        }
    }

    /// <summary>Reads a handshake message as the answer to one of the dials.</summary>
    /// <param name="message">The Noise message.</param>
    /// <param name="routingId">The source of its routing header; null for the direct form.</param>
    /// <param name="path">How it came in.</param>
    /// <param name="now">The present timestamp.</param>
    /// <returns>Whether it verified as an answer.</returns>
    public bool TryAnswer(ReadOnlySpan<byte> message, uint? routingId, PeerPath path, long now)
    {
        Dial? answered = null;
        NoiseHandshake noise;
        HandshakeClaim claim = default;
        lock (_gate)
        {
            Span<byte> payload = stackalloc byte[Math.Min(message.Length, HandshakeMessages.MaxBytes)];
            foreach (Dial dial in _dials)
            {
                if (dial.IsPausing || !Matches(dial, routingId, path.Address) || message.Length > HandshakeMessages.MaxBytes
                    || !dial.Noise!.TryRead(message, payload, out int length))
                    continue;
                answered = dial;
                if (Refusal(dial, payload[..length], out claim) is not { } refusal)
                    break;
                Fail(dial, refusal, now);
                return true;
            }
            if (answered is null)
                return false;
            // It makes no further attempt before this one is confirmed or overdue.
            noise = answered.Noise!;
            answered.Noise = null;
            answered.IsPausing = true;
            answered.Until = now + core.Ticks(core.Options.HandshakeTimeout);
        }
        Complete(answered, noise, claim, path, now);
        return true;
    }

    /// <summary>Sends what is due again and ends what has had its attempts.</summary>
    public void Tick(long now)
    {
        lock (_gate)
        {
            foreach (Dial dial in _dials.ToArray())
            {
                if (dial.Done.Task.IsCompleted)
                    End(dial);
                if (now < dial.Until || dial.Done.Task.IsCompleted)
                    continue;
                if ((CameUpMeanwhile(dial) ?? (dial.IsPausing ? null : DialledFromThere(dial))) is { } peer)
                    CompleteWith(dial, peer);
                else if (dial.IsPausing && dial.Attempt < core.Options.HandshakeAttempts)
                    Attempt(dial);
                else if (dial.IsPausing)
                    Fail(dial, new("handshake-timeout", $"{dial.Target} at {dial.FirstHop} answered, and then nothing came under the keys of {dial.Attempt} handshakes. Its packets may not reach this node; dial again."), now);
                else
                    Fail(dial, new("handshake-timeout", $"{dial.Target} at {dial.FirstHop} did not answer {dial.Attempt} handshakes of {core.Options.HandshakeTimeout} each. Check the address, the public key and the mesh's pre-shared key: a node that does not share them stays silent."), now);
            }
        }
    }

    // The peer dialled us while our own attempt was lost: one more would end the streams of the session that is there (11 §5).
    private PeerLink? CameUpMeanwhile(Dial dial) =>
        dial.Renews is null && core.Peers.TryGet(dial.Target, out PeerLink? peer)
        && peer.Current is { IsSecure: true, IsConfirmed: true } session && session.ConfirmedAt >= dial.StartedAt
            ? peer
            : null;

    // A node of Net 0.27 that dialled us refuses our handshake while its session is fresh (02 §4.5). When it has spoken under that
    // session since, there is nothing left to dial for.
    private PeerLink? DialledFromThere(Dial dial) =>
        core.Peers.TryGet(dial.Target, out PeerLink? peer) && peer.Current is { IsSecure: false, Facts.IsInitiator: false } session
        && session.LastAuthenticated > dial.StartedAt && session.LastAuthenticated > session.Facts.CreatedAt
            ? peer
            : null;

    private void CompleteWith(Dial dial, PeerLink peer)
    {
        End(dial);
        dial.Done.TrySetResult(peer);
    }

    private static bool Matches(Dial dial, uint? routingId, in DatagramAddress source) => routingId is { } id
        ? dial.Form == HandshakeForm.Routed && dial.Target.RoutingId == id
        : dial.Form == HandshakeForm.Direct && dial.FirstHop == source;

    private PeerException? Refusal(Dial dial, ReadOnlySpan<byte> payload, out HandshakeClaim claim)
    {
        DropReason? problem = HandshakeMessages.ReadSecond(dial.Noise!, payload, dial.Target, out claim);
        if (problem is { } reason)
        {
            core.Counters.Drop(reason);
            return new("handshake-failed", $"{dial.Target} answered, but its answer does not prove who it is ({reason}). Take its ticket again.");
        }
        if (claim.IsSecure || (core.Options.PeerAdmission == PeerAdmission.AllowReference && !book.WasSecure(dial.Target)))
            return null;
        core.Counters.Drop(DropReason.ReferenceRefused);
        return core.Options.PeerAdmission == PeerAdmission.AllowReference
            ? new("reference-refused", $"{dial.Target} spoke the secure profile before and now only the handshake of Net 0.27: somebody may be posing as it. It is refused until this process restarts.")
            : new("reference-refused", $"{dial.Target} speaks the handshake of Net 0.27: whoever holds the mesh's pre-shared key could read the session. Set {nameof(MeshNodeOptions.PeerAdmission)} to {nameof(PeerAdmission.AllowReference)} to admit such peers.");
    }

    private void Complete(Dial dial, NoiseHandshake noise, in HandshakeClaim claim, PeerPath path, long now)
    {
        using SessionKeys keys = claim.IsSecure ? noise.Split() : noise.DeriveReferenceKeys();
        noise.Dispose();
        DialInstall outcome = book.InstallDialled(dial, claim, keys, path, now);
        if (outcome != DialInstall.Unconfirmed)
        {
            lock (_gate)
                End(dial);
        }
        switch (outcome)
        {
            case DialInstall.TooManyPeers:
                dial.Done.TrySetException(new PeerException("too-many-peers", $"This node knows {core.Options.MaxPeers} peers already; raise {nameof(MeshNodeOptions.MaxPeers)}."));
                break;
            case DialInstall.Outdated:
                dial.Done.TrySetException(new PeerException("peer-left", $"{dial.Target} was disconnected while it was dialled. Dial again."));
                break;
        }
    }

    private void Fail(Dial dial, PeerException failure, long now)
    {
        dial.LastFailure = failure;
        core.Log.HandshakeAttemptFailed(dial.Target, dial.Attempt, failure.Kind);
        dial.Noise?.Dispose();
        dial.Noise = null;
        bool isFinal = dial.Attempt >= core.Options.HandshakeAttempts || failure.Kind == "reference-refused";
        if (isFinal)
        {
            Interlocked.Increment(ref core.Counters.HandshakesFailed);
            _dials.Remove(dial);
            dial.Done.TrySetException(failure);
            return;
        }
        dial.IsPausing = true;
        dial.Until = now + core.Ticks(Pause * dial.Attempt);
    }

    private void Attempt(Dial dial)
    {
        dial.Attempt++;
        dial.IsPausing = false;
        dial.BeganAt = core.Time.GetTimestamp();
        dial.Until = dial.BeganAt + core.Ticks(core.Options.HandshakeTimeout);
        Span<byte> prologue = stackalloc byte[HandshakePrologue.Bytes];
        HandshakePrologue.Write(prologue, core.Identity.NodeId.RoutingId, dial.Target.RoutingId);
        // A fresh ephemeral for each attempt.
        dial.Noise = NoiseHandshake.CreateInitiator(core.PreSharedKey, dial.PublicKey, prologue);
        Span<byte> datagram = stackalloc byte[WireLimits.RoutingHeaderBytes + HandshakeMessages.MaxBytes];
        dial.Said = book.ContinuityFor(dial.Target);
        int length = HandshakeMessages.WriteFirst(dial.Noise, core.Identity, dial.Renews, dial.Said, datagram[WireLimits.RoutingHeaderBytes..]);
        using PacketWriter writer = core.Writers.Rent();
        if (dial.Form == HandshakeForm.Direct)
        {
            writer.AddRaw(datagram.Slice(WireLimits.RoutingHeaderBytes, length), dial.FirstHop);
            return;
        }
        writer.RouteTo(dial.Target, SessionBook.HandshakeTtl).Write(datagram);
        writer.AddRaw(datagram[..(WireLimits.RoutingHeaderBytes + length)], dial.FirstHop);
    }

    private void End(Dial dial)
    {
        if (!_dials.Remove(dial))
            return;
        dial.Noise?.Dispose();
        dial.Noise = null;
    }
}
