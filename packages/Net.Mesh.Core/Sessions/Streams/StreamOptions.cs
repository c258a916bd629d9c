namespace Net.Mesh;

/// <summary>What a stream promises about loss.</summary>
public enum Reliability
{
    /// <summary>A lost packet stays lost; nothing waits for it.</summary>
    FireAndForget,

    /// <summary>Lost packets are sent again; every message arrives once and in order, or the stream ends with an error.</summary>
    Reliable,
}

/// <summary>What closing a stream does with messages that the peer has not acknowledged.</summary>
public enum CloseBehavior
{
    /// <summary>Waits until the peer has everything, within a limit.</summary>
    DrainThenClose,

    /// <summary>Drops them at once.</summary>
    DropAndClose,
}

/// <summary>How a stream behaves. The first open of a stream id decides; later ones get the same stream.</summary>
public sealed record StreamOptions
{
    /// <summary>The options of a stream that was opened without any.</summary>
    public static StreamOptions Default { get; } = new();

    /// <summary>Whether lost packets are sent again. Default: fire and forget.</summary>
    public Reliability Reliability { get; init; }

    /// <summary>
    /// Bytes that may be on the way before the peer has taken them, each packet counting 84 bytes more than its messages; 0 means
    /// no limit. Default: 65,536.
    /// </summary>
    public int WindowBytes { get; init; } = 65_536;

    /// <summary>The share of the link among scheduled streams, 1 to 255. Default: 1.</summary>
    public byte FairnessWeight { get; init; } = 1;

    /// <summary>Whether packets wait their turn among the scheduled streams of the node instead of leaving at once. Default: false.</summary>
    public bool Scheduled { get; init; }

    /// <summary>What closing does with unacknowledged messages. Default: <see cref="CloseBehavior.DrainThenClose"/>.</summary>
    public CloseBehavior CloseBehavior { get; init; }
}

/// <summary>What became of a send.</summary>
public enum SendStatus
{
    /// <summary>Handed to the network.</summary>
    Sent,

    /// <summary>Nothing was sent: the peer, or the network, has to catch up first.</summary>
    Backpressure,

    /// <summary>Nothing was sent: there is no session with the peer, or the stream has ended.</summary>
    NotConnected,
}

/// <summary>A stream in figures.</summary>
/// <param name="SentPackets">Packets sent; the next sequence.</param>
/// <param name="HighestReceivedSequence">The highest sequence accepted.</param>
/// <param name="InboundPendingBytes">Bytes received and not yet read.</param>
/// <param name="LastActivity">When something was last sent or accepted.</param>
/// <param name="IsActive">Whether the stream has not ended.</param>
/// <param name="BackpressureEvents">Sends refused for lack of credit.</param>
/// <param name="CreditRemainingBytes">Bytes that may be sent now.</param>
/// <param name="WindowBytes">The configured window.</param>
/// <param name="GrantsReceived">Grants that arrived.</param>
/// <param name="GrantsSent">Grants that were sent.</param>
/// <param name="UnacknowledgedPackets">Packets of a reliable stream that the peer has not acknowledged.</param>
/// <param name="Retransmissions">Packets sent again.</param>
/// <param name="CongestionWindowPackets">Packets that may be unacknowledged.</param>
/// <param name="SmoothedRoundTrip">Round trip, zero before the first sample.</param>
/// <param name="RetransmissionTimeout">The time after which a packet is sent again.</param>
public readonly record struct StreamStats(
    ulong SentPackets, ulong HighestReceivedSequence, long InboundPendingBytes, DateTimeOffset LastActivity, bool IsActive,
    long BackpressureEvents, long CreditRemainingBytes, long WindowBytes, long GrantsReceived, long GrantsSent,
    int UnacknowledgedPackets, long Retransmissions, double CongestionWindowPackets, TimeSpan SmoothedRoundTrip, TimeSpan RetransmissionTimeout);
