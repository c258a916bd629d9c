namespace Net.Mesh.Channels;

/// <summary>Why a publisher refused a subscription (spec 03 §4.2).</summary>
public enum AckReason : byte
{
    /// <summary>The subscriber may not: wrong subnet, capabilities or credential.</summary>
    Unauthorized = 1,

    /// <summary>The publisher has no such channel.</summary>
    UnknownChannel = 2,

    /// <summary>The subscriber was refused too often; it has to wait.</summary>
    RateLimited = 3,

    /// <summary>The subscriber has as many channels as a peer may have.</summary>
    TooManyChannels = 4,
}
