using System.Net;

namespace Net.Mesh;

/// <summary>How a node behaves. Bindable from configuration; secrets come from a file or the environment.</summary>
public sealed class MeshNodeOptions
{
    /// <summary>The UDP address to bind, as <c>ip:port</c>; port 0 lets the system choose. Default: <c>0.0.0.0:0</c>.</summary>
    public string Bind { get; set; } = "0.0.0.0:0";

    /// <summary>The mesh's pre-shared key: 32 bytes, the same on every node.</summary>
    public byte[] PreSharedKey { get; set; } = [];

    /// <summary>A file with the pre-shared key, as 32 bytes or 64 hexadecimal digits; used when <see cref="PreSharedKey"/> is empty.</summary>
    public string? PreSharedKeyFile { get; set; }

    /// <summary>A file with the identity's seed, as 32 bytes or 64 hexadecimal digits. Without it the node is somebody else after each start.</summary>
    public string? IdentityFile { get; set; }

    /// <summary>Which peers are let in. Default: those that speak the secure profile.</summary>
    public PeerAdmission PeerAdmission { get; set; }

    /// <summary>How often each peer gets a sign of life. At least 10 ms. Default: 5 s.</summary>
    public TimeSpan HeartbeatInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The unit of liveness: a silent peer is suspected after two and failed after three of these. Longer than
    /// <see cref="HeartbeatInterval"/>. Default: 30 s.
    /// </summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one attempt at a handshake waits for its answer. Default: 5 s.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts at a handshake in all, 1 to 1024. Default: 3.</summary>
    public int HandshakeAttempts { get; set; } = 3;

    /// <summary>First messages of handshakes that one source address may make this node compute in a second. Default: 50.</summary>
    public int HandshakesPerSecondPerSource { get; set; } = 50;

    /// <summary>First messages of handshakes that all sources together may make this node compute in a second. Default: 1000.</summary>
    public int HandshakesPerSecond { get; set; } = 1000;

    /// <summary>Sessions whose peer has not yet proven that it holds the keys; the oldest goes. Default: 1024.</summary>
    public int MaxTentativeSessions { get; set; } = 1024;

    /// <summary>Peers that may be known at a time; further handshakes are refused. Default: 100,000.</summary>
    public int MaxPeers { get; set; } = 100_000;

    /// <summary>How often a secure session gets fresh keys. Default: 1 h.</summary>
    public TimeSpan RekeyInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Queues that events of streams without a reader are spread over, by stream id. Default: 4.</summary>
    public int Shards { get; set; } = 4;

    /// <summary>Events that may wait in the node's queues; the oldest are dropped and counted. Default: 1,048,576.</summary>
    public int MaxQueuedEvents { get; set; } = 1 << 20;

    /// <summary>Streams per peer; the least recently used go. Default: 4096.</summary>
    public int MaxStreamsPerPeer { get; set; } = 4096;

    /// <summary>A stream that is idle for this long, and that nobody holds, is forgotten. Default: 300 s.</summary>
    public TimeSpan StreamIdleTimeout { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>Unread bytes of one stream at which its packets are refused. Default: 16 MiB.</summary>
    public long MaxQueuedBytesPerStream { get; set; } = 16 << 20;

    /// <summary>Unread bytes of one stream from which on its sender gets no more credit. Default: 1 MiB.</summary>
    public long ReceiveWindowBytes { get; set; } = 1 << 20;

    /// <summary>The largest message that is sent or put together; peers of Net 0.27 take 8,104 bytes. Default: 16 MiB.</summary>
    public int MaxMessageBytes { get; set; } = 16 << 20;

    /// <summary>Bytes of unfinished large messages of one peer. Default: 32 MiB.</summary>
    public long ReassemblyBytesPerPeer { get; set; } = 32 << 20;

    /// <summary>Bytes of unfinished large messages of all peers. Default: 256 MiB.</summary>
    public long ReassemblyBytes { get; set; } = 256 << 20;

    /// <summary>How long a packet of a reliable stream may stay unacknowledged before the stream ends with an error. Default: 10 s.</summary>
    public TimeSpan StreamGiveUpAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Packets that may wait in each scheduled stream. Default: 1024.</summary>
    public int MaxScheduledPackets { get; set; } = 1024;

    /// <summary>Routes that are remembered. Default: 65,536.</summary>
    public int MaxRoutes { get; set; } = 65_536;

    /// <summary>Whether this node forwards packets between others. Default: true.</summary>
    public bool ForwardsForOthers { get; set; } = true;

    /// <summary>How long a stop waits for streams to drain before it says goodbye. Default: 5 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The socket's receive buffer. Default: 4 MiB, as far as the system allows.</summary>
    public int ReceiveBufferBytes { get; set; } = 4 << 20;

    /// <summary>The socket's send buffer. Default: 4 MiB, as far as the system allows.</summary>
    public int SendBufferBytes { get; set; } = 4 << 20;

    /// <summary>Addresses that stand in the node's ticket. Default: the bound address, when it is a specific one.</summary>
    public IList<string> AdvertisedAddresses { get; } = [];

    /// <summary>Everything that is wrong with these options, each with the value and what to do.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        void Require(bool isRight, string name, object value, string allowed)
        {
            if (!isRight)
                problems.Add($"{name} is {value}; {allowed}.");
        }
        Require(IPEndPoint.TryParse(Bind, out _), nameof(Bind), $"'{Bind}'", "write ip:port, such as 0.0.0.0:9000 or [::]:9000");
        if (PreSharedKey.Length != 32 && (PreSharedKey.Length != 0 || PreSharedKeyFile is null))
            problems.Add($"{nameof(PreSharedKey)} has {PreSharedKey.Length} bytes; every node of a mesh has the same 32 bytes.");
        Require(HeartbeatInterval >= TimeSpan.FromMilliseconds(10), nameof(HeartbeatInterval), HeartbeatInterval, "at least 10 ms");
        Require(SessionTimeout > HeartbeatInterval, nameof(SessionTimeout), SessionTimeout, $"longer than {nameof(HeartbeatInterval)} ({HeartbeatInterval})");
        Require(HandshakeTimeout > TimeSpan.Zero, nameof(HandshakeTimeout), HandshakeTimeout, "more than zero");
        Require(HandshakeAttempts is >= 1 and <= 1024, nameof(HandshakeAttempts), HandshakeAttempts, "1 to 1024");
        Require(HandshakesPerSecondPerSource >= 1, nameof(HandshakesPerSecondPerSource), HandshakesPerSecondPerSource, "at least 1");
        Require(HandshakesPerSecond >= 1, nameof(HandshakesPerSecond), HandshakesPerSecond, "at least 1");
        Require(MaxTentativeSessions >= 1, nameof(MaxTentativeSessions), MaxTentativeSessions, "at least 1");
        Require(MaxPeers >= 1, nameof(MaxPeers), MaxPeers, "at least 1");
        Require(RekeyInterval >= TimeSpan.FromSeconds(1), nameof(RekeyInterval), RekeyInterval, "at least 1 s");
        Require(Shards is >= 1 and <= 65_536, nameof(Shards), Shards, "1 to 65,536");
        Require(MaxQueuedEvents >= 1, nameof(MaxQueuedEvents), MaxQueuedEvents, "at least 1");
        Require(MaxStreamsPerPeer >= 16, nameof(MaxStreamsPerPeer), MaxStreamsPerPeer, "at least 16");
        Require(StreamIdleTimeout > TimeSpan.Zero, nameof(StreamIdleTimeout), StreamIdleTimeout, "more than zero");
        Require(ReceiveWindowBytes >= 16_384, nameof(ReceiveWindowBytes), ReceiveWindowBytes, "at least 16,384");
        Require(MaxQueuedBytesPerStream > ReceiveWindowBytes, nameof(MaxQueuedBytesPerStream), MaxQueuedBytesPerStream, $"more than {nameof(ReceiveWindowBytes)} ({ReceiveWindowBytes})");
        Require(MaxMessageBytes is >= 8104 and <= 256 << 20, nameof(MaxMessageBytes), MaxMessageBytes, "8,104 to 268,435,456");
        Require(ReassemblyBytesPerPeer >= MaxMessageBytes, nameof(ReassemblyBytesPerPeer), ReassemblyBytesPerPeer, $"at least {nameof(MaxMessageBytes)} ({MaxMessageBytes})");
        Require(ReassemblyBytes >= ReassemblyBytesPerPeer, nameof(ReassemblyBytes), ReassemblyBytes, $"at least {nameof(ReassemblyBytesPerPeer)} ({ReassemblyBytesPerPeer})");
        Require(StreamGiveUpAfter >= TimeSpan.FromSeconds(1), nameof(StreamGiveUpAfter), StreamGiveUpAfter, "at least 1 s");
        Require(MaxScheduledPackets >= 1, nameof(MaxScheduledPackets), MaxScheduledPackets, "at least 1");
        Require(MaxRoutes >= 16, nameof(MaxRoutes), MaxRoutes, "at least 16");
        Require(DrainTimeout >= TimeSpan.Zero, nameof(DrainTimeout), DrainTimeout, "zero or more");
        foreach (string address in AdvertisedAddresses)
            Require(IPEndPoint.TryParse(address, out IPEndPoint? parsed) && parsed.Port != 0, nameof(AdvertisedAddresses), $"'{address}'", "write ip:port with a port");
        Require(AdvertisedAddresses.Count <= 8, nameof(AdvertisedAddresses), AdvertisedAddresses.Count, "a ticket holds 8 addresses at most");
        return problems;
    }
}
