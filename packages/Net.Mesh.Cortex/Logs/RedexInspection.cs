using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

/// <summary>A look at a log's files from outside; the log may be open in another process, which goes on writing.</summary>
public sealed class RedexInspection
{
    private readonly MemoryLog _log;

    private RedexInspection(MemoryLog log, RedexRecovery report)
    {
        _log = log;
        Report = report;
    }

    /// <summary>What is there and what is wrong.</summary>
    public RedexRecovery Report { get; }

    /// <summary>The events that are whole, from one sequence up to but not another.</summary>
    public IEnumerable<RedexEvent> ReadRange(ulong start, ulong end) => end <= start ? [] : _log.View.Range(start, end, static _ => { });

    internal static RedexInspection? Of(string persistentDirectory, ChannelName name, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(persistentDirectory);
        var directory = new ChannelDirectory(DiskVolume.Instance, ChannelDirectory.PathOf(persistentDirectory, name));
        if (directory.FindGeneration() == 0)
            return null;
        try
        {
            (MemoryLog log, RedexRecovery report) = OpenedChannel.Inspect(directory, UnixNanoseconds.Now(time));
            return new(log, report);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new RedexException(RedexErrorKind.Io, $"The log {name} in {directory.Path} could not be read: {failure.Message}", failure);
        }
    }
}
