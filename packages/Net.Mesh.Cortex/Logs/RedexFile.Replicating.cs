using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    private ILogReplicator? _replicator;
    private bool _isApplying;

    /// <summary>Whether it lies on a disk that calls wait for.</summary>
    internal bool IsOnDisk => _segment is not null;

    /// <summary>Who replicates the log; null for nobody.</summary>
    internal void SetReplicator(ILogReplicator? replicator)
    {
        lock (_gate)
            _replicator = replicator;
    }

    /// <summary>
    /// Appends what a leader sent, all or none; false when the log ends elsewhere than expected, because somebody appended in between.
    /// The replicator is not asked.
    /// </summary>
    /// <exception cref="RedexException">As for <see cref="Append(ReadOnlySpan{byte})"/>.</exception>
    internal bool TryAppendBatch(ulong expected, ReadOnlySpan<ReadOnlyMemory<byte>> payloads)
    {
        lock (_gate)
        {
            if (Log.Next != expected)
                return false;
            _isApplying = true;
            try
            {
                AppendBatch(payloads);
            }
            finally
            {
                _isApplying = false;
            }
            return true;
        }
    }

    private void ThrowIfRefused()
    {
        ThrowIfClosed();
        if (_replicator is { } replicator && !_isApplying)
            replicator.ThrowIfRefused();
    }
}
