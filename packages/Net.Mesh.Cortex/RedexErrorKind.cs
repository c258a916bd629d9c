namespace Net.Mesh.Cortex;

/// <summary>Why a log refused (spec 06 §1.3).</summary>
public enum RedexErrorKind
{
    /// <summary>The payload does not fit what the log may still hold.</summary>
    PayloadTooLarge,

    /// <summary>The payload's place in the segment does not fit 32 bits.</summary>
    SegmentOffsetOverflow,

    /// <summary>The name or the options are wrong, differ from those of the open log, or ask for what is not supported.</summary>
    Channel,

    /// <summary>A value could not be encoded, or a snapshot not be read.</summary>
    Encode,

    /// <summary>An event could not be read. The only kind that a fold may skip.</summary>
    Decode,

    /// <summary>The opener was not let onto the channel.</summary>
    Unauthorized,

    /// <summary>The disk failed.</summary>
    Io,

    /// <summary>The log is closed.</summary>
    Closed,

    /// <summary>A reader fell behind what its tail may hold back, or behind what the log still has.</summary>
    Lagged,

    /// <summary>The log is replicated and follows another node's: append there. Not of Net 0.27, whose replicas take appends and lose them.</summary>
    NotLeader,
}
