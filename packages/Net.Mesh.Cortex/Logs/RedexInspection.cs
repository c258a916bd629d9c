using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

/// <summary>A look at a log's files from outside; the log may be open in another process, which goes on writing.</summary>
public sealed class RedexInspection
{
    // A writer takes another generation when it drops old events or rewrites; that it does so again and again while somebody reads is hardly possible.
    private const int MostGenerations = 8;

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
        for (int attempt = 1; ; attempt++)
        {
            uint generation = directory.FindGeneration();
            if (generation == 0)
                return null;
            try
            {
                (MemoryLog log, RedexRecovery report) = OpenedChannel.Inspect(directory, UnixNanoseconds.Now(time));
                if (attempt == MostGenerations || !HasMoved(report.Generation))
                    return new(log, report);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                if (attempt == MostGenerations || !HasMoved(generation))
                    throw new RedexException(RedexErrorKind.Io, $"The log {name} in {directory.Path} could not be read: {failure.Message}", failure);
            }
        }

        // Then the files that were read were deleted meanwhile, perhaps before all of them were open.
        bool HasMoved(uint generation) => directory.FindGeneration() != generation;
    }
}
