using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    private IAppendGuard? _guard;
    private bool _isApplying;

    /// <summary>Whether it lies on a disk that calls wait for.</summary>
    internal bool IsOnDisk => _segment is not null;

    /// <summary>Who says whether the application may append; null for nobody.</summary>
    internal void SetGuard(IAppendGuard? guard)
    {
        lock (_gate)
            _guard = guard;
    }

    /// <summary>
    /// Appends what a leader sent, all or none; false when the log ends elsewhere than expected, because somebody appended in between.
    /// The guard is not asked.
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
        if (_guard is { } guard && !_isApplying)
            guard.ThrowIfRefused();
    }
}
