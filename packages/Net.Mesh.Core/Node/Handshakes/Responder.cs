using Net.Mesh.Crypto;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Node;

/// <summary>
/// The answering side of handshakes: checks first messages and answers those that verify. Called by the thread that receives;
/// expectations may be changed from any thread.
/// </summary>
internal sealed class Responder(NodeCore core, SessionBook book)
{
    private const int RememberedEphemerals = 16_384;

    private readonly HandshakeLimiter _limiter = new(core.Options.HandshakesPerSecondPerSource, core.Options.HandshakesPerSecond, core.Time);
    private readonly RecentSet<EphemeralKey> _usedEphemerals = new(RememberedEphemerals);
    private readonly Lock _gate = new();
    private readonly List<Expectation> _expected = [];
    private PeerException? _stopped;

    public bool Admits(in DatagramAddress source, long now) => _limiter.Admits(source, now);

    /// <summary>Expects a direct handshake of a node; its message cannot be opened without knowing whose it is (spec 01 §6.5).</summary>
    public Expectation Expect(NodeId caller, TimeSpan? lasts)
    {
        var expectation = new Expectation(caller, lasts is { } duration ? core.Time.GetTimestamp() + core.Ticks(duration) : long.MaxValue);
        lock (_gate)
        {
            if (_stopped is not null)
                expectation.Done.TrySetException(_stopped);
            else
                _expected.Add(expectation);
            Forget(core.Time.GetTimestamp());
        }
        return expectation;
    }

    /// <summary>Ends every expectation and takes no further ones: the node stops.</summary>
    public void CancelAll(PeerException reason)
    {
        lock (_gate)
        {
            _stopped = reason;
            foreach (Expectation expectation in _expected)
                expectation.Done.TrySetException(reason);
            _expected.Clear();
        }
    }

    public void Withdraw(Expectation expectation)
    {
        lock (_gate)
            _expected.Remove(expectation);
    }

    /// <summary>A session with an expected node came up.</summary>
    public void Fulfil(PeerLink peer)
    {
        lock (_gate)
        {
            foreach (Expectation expectation in _expected)
            {
                if (expectation.Caller != peer.Id || !expectation.Done.TrySetResult(peer))
                    continue;
                long grace = core.Time.GetTimestamp() + core.Ticks(core.Options.HandshakeTimeout * core.Options.HandshakeAttempts);
                expectation.Until = Math.Min(expectation.Until, grace);
            }
        }
    }

    /// <summary>A routed first message that is addressed to this node.</summary>
    public DropReason? OnRouted(ReadOnlySpan<byte> message, uint sourceId, PeerPath path, long now) =>
        Answer(message, null, sourceId, path, now, isRouted: true);

    /// <summary>A direct first message: every expected caller's prologue is tried until the tag verifies.</summary>
    public DropReason? OnDirect(ReadOnlySpan<byte> message, PeerPath path, long now)
    {
        Expectation[] expected;
        lock (_gate)
        {
            Forget(now);
            expected = [.. _expected];
        }
        DropReason? outcome = DropReason.HandshakeFailed;
        foreach (Expectation expectation in expected)
        {
            outcome = Answer(message, expectation.Caller, expectation.Caller.RoutingId, path, now, isRouted: false);
            if (outcome != DropReason.HandshakeFailed)
                return outcome;
        }
        return outcome;
    }

    private void Forget(long now) => _expected.RemoveAll(expectation => expectation.Until < now && expectation.Done.Task.IsCompleted);

    private DropReason? Answer(ReadOnlySpan<byte> message, NodeId? expected, uint callerRoutingId, PeerPath path, long now, bool isRouted)
    {
        if (message.Length < NoiseHandshake.OverheadBytes || message.Length > HandshakeMessages.MaxBytes)
            return DropReason.HandshakeFailed;
        var ephemeral = EphemeralKey.Of(message);
        if (_usedEphemerals.Contains(ephemeral))
            return DropReason.HandshakeReplayed;

        Span<byte> prologue = stackalloc byte[HandshakePrologue.Bytes];
        HandshakePrologue.Write(prologue, callerRoutingId, core.Identity.NodeId.RoutingId);
        using NoiseHandshake noise = NoiseHandshake.CreateResponder(core.PreSharedKey, core.StaticKey, prologue);
        Span<byte> payload = stackalloc byte[HandshakeMessages.MaxBytes];
        if (!noise.TryRead(message, payload, out int payloadLength))
            return DropReason.HandshakeFailed;
        DropReason? problem = HandshakeMessages.ReadFirst(noise, payload[..payloadLength], expected, callerRoutingId, out HandshakeClaim claim);
        problem ??= Policy(claim);
        if (problem is not null)
            return problem;
        // Only now: a message that nobody could have made must not fill the memory of those that somebody did.
        _usedEphemerals.Add(ephemeral);

        Span<byte> datagram = stackalloc byte[WireLimits.RoutingHeaderBytes + HandshakeMessages.MaxBytes];
        bool renews = book.CanRenew(claim);
        Continuity said = book.ContinuityFor(claim.NodeId);
        int length = HandshakeMessages.WriteSecond(noise, core.Identity, claim.IsSecure, renews ? claim.Renews : null, said, datagram[WireLimits.RoutingHeaderBytes..]);
        using SessionKeys keys = claim.IsSecure ? noise.Split() : noise.DeriveReferenceKeys();
        if (book.InstallAnswered(claim, renews, said, keys, path, now) is { } refused)
            return refused;

        using PacketWriter writer = core.Writers.Rent();
        if (isRouted)
        {
            writer.RouteTo(claim.NodeId, SessionBook.HandshakeTtl).Write(datagram);
            writer.AddRaw(datagram[..(WireLimits.RoutingHeaderBytes + length)], path.Address);
        }
        else
        {
            writer.AddRaw(datagram.Slice(WireLimits.RoutingHeaderBytes, length), path.Address);
        }
        return null;
    }

    private DropReason? Policy(in HandshakeClaim claim)
    {
        if (claim.NodeId == core.Identity.NodeId)
            return DropReason.HandshakeIdMismatch;
        if (claim.IsSecure)
            return null;
        return core.Options.PeerAdmission == PeerAdmission.AllowReference && !book.WasSecure(claim.NodeId) ? null : DropReason.ReferenceRefused;
    }

    /// <summary>A caller that a direct handshake is expected of.</summary>
    internal sealed class Expectation(NodeId caller, long until)
    {
        public NodeId Caller { get; } = caller;

        /// <summary>When it may be forgotten. It outlives its fulfilment, because the answer may have been lost (02 T6).</summary>
        public long Until { get; set; } = until;

        public TaskCompletionSource<PeerLink> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private readonly record struct EphemeralKey(ulong A, ulong B, ulong C, ulong D)
    {
        public static EphemeralKey Of(ReadOnlySpan<byte> message) => System.Runtime.InteropServices.MemoryMarshal.Read<EphemeralKey>(message);
    }
}
