namespace Net.Mesh.Cortex.Logs;

/// <summary>Says, under the log's lock, whether the application may append. Quick, and without a lock of its own.</summary>
internal interface IAppendGuard
{
    /// <summary>Throws when it may not.</summary>
    /// <exception cref="RedexException">Another node's log is the one to append to.</exception>
    void ThrowIfRefused();
}
