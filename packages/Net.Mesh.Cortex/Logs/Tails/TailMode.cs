namespace Net.Mesh.Cortex;

/// <summary>What becomes of a reader that does not keep up.</summary>
public enum TailMode
{
    /// <summary>
    /// It is cut off with <see cref="RedexErrorKind.Lagged"/> as soon as it is more than <see cref="RedexFileOptions.TailBufferSize"/>
    /// events behind, also at the start.
    /// </summary>
    Bounded,

    /// <summary>It may be as far behind as the log reaches back, and is cut off only when what it has not read is dropped.</summary>
    Lossless,
}
