using Net.Mesh.Transport;

namespace Net.Mesh.Bus;

/// <summary>
/// How a link comes to its sessions: by dialling, or by being dialled. Every call is made under the link's lock.
/// </summary>
internal abstract class LinkRole : IDisposable
{
    /// <summary>Begins: dials, or waits to be dialled.</summary>
    public abstract void Start();

    /// <summary>A handshake message arrived.</summary>
    public abstract void OnHandshake(ReadOnlySpan<byte> message, in DatagramAddress source);

    /// <summary>The session that a packet belongs to, when it is not the current one but may become it.</summary>
    public virtual LinkSession? FindTentative(ulong sessionId) => null;

    /// <summary>The first packet authenticated under a tentative session; false when it may not become the current one.</summary>
    public virtual bool TryConfirm(LinkSession session) => false;

    /// <summary>The peer has been silent for some heartbeats, or left.</summary>
    public abstract void OnSilence();

    /// <summary>A heartbeat interval passed.</summary>
    public virtual void OnHeartbeat()
    {
    }

    public abstract void Dispose();
}

/// <summary>What a role may do to its link; under the link's lock.</summary>
internal interface ILinkOwner
{
    MeshLinkOptions Options { get; }

    TimeProvider Time { get; }

    LinkOutbox Outbox { get; }

    LinkCounters Counters { get; }

    Microsoft.Extensions.Logging.ILogger Log { get; }

    /// <summary>Who may hold a session now.</summary>
    HandshakePolicy Policy { get; }

    LinkSession? Current { get; }

    /// <summary>Whether the bus still waits for its first session.</summary>
    bool IsStarting { get; }

    /// <summary>Makes a session the current one.</summary>
    void Install(LinkSession session);

    /// <summary>Tells the peer that we are there.</summary>
    void SendHeartbeat();

    /// <summary>The start failed; nothing more is tried.</summary>
    void FailStart(AdapterException failure);

    /// <summary>Runs a role's timer callback under the lock, unless the link has stopped.</summary>
    void RunLocked(Action callback);
}
