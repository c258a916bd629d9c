namespace Net.Mesh.Cortex;

/// <summary>The first thing that makes a text no <see cref="WriteToken"/> (spec 06 §7.6), in the order in which they are looked for.</summary>
public enum WriteTokenError
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no colon.</summary>
    MissingSeparator,

    /// <summary>What stands before the first colon is not 16 hexadecimal digits.</summary>
    BadOrigin,

    /// <summary>What stands behind it is not decimal digits for a number below 2^64.</summary>
    BadSeq,
}
