using Microsoft.Extensions.Logging;
using Net.Mesh.Cortex.Logs;

namespace Net.Mesh.Cortex;

public sealed partial class RedexFile
{
    internal TimeProvider Time => _time;

    internal ILogger Logger => _log;

    internal void Add(ILogListener listener)
    {
        lock (_gate)
            _tails.Add(listener);
    }

    internal void Remove(ILogListener listener)
    {
        lock (_gate)
            _tails.Remove(listener);
    }
}
