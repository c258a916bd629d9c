namespace Net.Mesh.Cortex;

/// <summary>How a log does.</summary>
/// <param name="IsWritable">Whether appends may succeed: false once it is closed, or after a failed append that could not be taken back.</param>
/// <param name="FailedAppends">Appends that the disk refused; none of them is in the log.</param>
/// <param name="FailedSyncs">Syncs that failed. After one, waiting for the disk fails until the log is opened again: what the system dropped cannot be told.</param>
/// <param name="CorruptReads">Reads that found a payload other than its checksum says, and left it out.</param>
/// <param name="LastError">What the disk said last; null while it has said nothing.</param>
public sealed record RedexFileHealth(bool IsWritable, long FailedAppends, long FailedSyncs, long CorruptReads, string? LastError)
{
    /// <summary>Whether there is nothing to complain about.</summary>
    public bool IsHealthy => IsWritable && FailedSyncs == 0 && CorruptReads == 0 && LastError is null;
}
