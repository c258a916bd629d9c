namespace Net.Mesh.Cortex.Logs;

/// <summary>Who replicates a log, as the log sees it. Called under its lock: quick, and without a lock of its own.</summary>
internal interface ILogReplicator
{
    /// <summary>Throws when the application may not append.</summary>
    /// <exception cref="RedexException">Another node's log is the one to append to.</exception>
    void ThrowIfRefused();

    /// <summary>More of the log is on the disk, as its policy says.</summary>
    void OnDurable();
}
