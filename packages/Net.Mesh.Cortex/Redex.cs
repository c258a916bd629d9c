using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Cortex.Logs;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

/// <summary>A store of append-only logs, one for each channel, in memory or on disk. Thread-safe; dispose of it to close its logs.</summary>
public sealed partial class Redex : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ChannelName, Place> _places = [];
    private readonly IVolume _volume;
    private readonly ILogger _log;
    private readonly ITimer? _sweeper;
    private int _isSweeping;
    private bool _isDisposed;

    /// <summary>A store with the options given; logs are in memory unless they say where they lie.</summary>
    /// <exception cref="ArgumentException">The options are wrong.</exception>
    public Redex(RedexOptions? options = null)
        : this(options ?? new(), DiskVolume.Instance)
    {
    }

    internal Redex(RedexOptions options, IVolume volume)
    {
        if (options.Validate() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems), nameof(options));
        Options = options;
        _volume = volume;
        _log = options.Logger ?? NullLogger.Instance;
        if (options.RetentionSweepInterval > TimeSpan.Zero)
            _sweeper = options.TimeProvider.CreateTimer(static redex => ((Redex)redex!).SweepQuietly(), this, options.RetentionSweepInterval, options.RetentionSweepInterval);
    }

    /// <summary>The store's options.</summary>
    public RedexOptions Options { get; }

    /// <summary>The logs that are open, by name.</summary>
    public IReadOnlyList<RedexFile> OpenFiles =>
        [.. _places.Values.Select(static place => place.File).OfType<RedexFile>().Where(static file => !file.IsClosed).OrderBy(static file => file.Name)];

    /// <summary>Opens a log, made when absent. One that is open already is returned as it is; of the options only <see cref="RedexFileOptions.Replication"/> has to be the same.</summary>
    /// <param name="name">The channel.</param>
    /// <param name="options">How it behaves; by default in memory, with all events kept.</param>
    /// <exception cref="RedexException"><see cref="RedexErrorKind.Unauthorized"/>; <see cref="RedexErrorKind.Channel"/> when the options are wrong or cannot be met, or the open log is replicated otherwise; <see cref="RedexErrorKind.Io"/> when the disk failed or somebody else has the log open.</exception>
    public RedexFile Open(ChannelName name, RedexFileOptions? options = null)
    {
        options ??= new();
        if (Options.Guard is { } guard && !guard.IsAuthorized(Options.Owner, name))
            throw new RedexException(RedexErrorKind.Unauthorized, $"{Options.Owner} was not let onto the channel {name}. Let it on in the store's guard, by its exact name.");
        if (options.Validate() is { Count: > 0 } problems)
            throw new RedexException(RedexErrorKind.Channel, $"The options of the log {name} are wrong: {string.Join(" ", problems)}");
        CheckReplication(name, options.Replication);
        Place place = _places.GetOrAdd(name, static _ => new());
        lock (place.Gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (place.File is { } open)
            {
                if (!open.IsClosed)
                {
                    CheckSame(open, options.Replication);
                    return open;
                }
                // Closed by whoever held it: its files are free once that is through.
                place.StopReplicating();
                open.WaitUntilClosed();
            }
            RedexFile file = Create(name, options);
            try
            {
                Replicate(place, file);
            }
            catch
            {
                file.CloseAsync().AsTask().ContinueWith(static closed => closed.Exception, TaskScheduler.Default);
                throw;
            }
            return place.File = file;
        }
    }

    /// <summary>A log that is open.</summary>
    public bool TryGetFile(ChannelName name, [NotNullWhen(true)] out RedexFile? file)
    {
        file = _places.TryGetValue(name, out Place? place) ? place.File : null;
        if (file is { IsClosed: true })
            file = null;
        return file is not null;
    }

    /// <summary>Closes a log; nothing to do when it is not open.</summary>
    /// <exception cref="RedexException">The disk failed; the log is closed all the same.</exception>
    public async ValueTask CloseFileAsync(ChannelName name)
    {
        if (_places.TryGetValue(name, out Place? place))
            await CloseAsync(place).ConfigureAwait(false);
    }

    /// <summary>Closes a log and deletes it from the disk, also when it was never open. Channels whose names begin with its name stay.</summary>
    /// <exception cref="RedexException">The disk failed, or another process has the log open.</exception>
    public async ValueTask CloseAndUnlinkFileAsync(ChannelName name)
    {
        Place place = _places.GetOrAdd(name, static _ => new());
        await CloseAsync(place).ConfigureAwait(false);
        if (Options.PersistentDirectory is not { } root)
            return;
        // Under the place's lock: whoever opens the name meanwhile waits, and finds nothing (06 T2).
        lock (place.Gate)
        {
            if (place.File is not null)
                return;
            var directory = new ChannelDirectory(_volume, ChannelDirectory.PathOf(root, name));
            if (!_volume.DirectoryExists(directory.Path))
                return;
            try
            {
                using IDisposable taken = directory.TryLock()
                    ?? throw new RedexException(RedexErrorKind.Io, $"The log {name} in {directory.Path} is open in another process. Close it there before it is deleted.");
                directory.Delete();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new RedexException(RedexErrorKind.Io, $"The log {name} in {directory.Path} could not be deleted whole: {failure.Message}", failure);
            }
        }
    }

    /// <summary>Drops what retention lets go, in all open logs.</summary>
    /// <returns>How many events were dropped.</returns>
    /// <exception cref="AggregateException">The disk failed under some; the others were swept.</exception>
    public long SweepRetention()
    {
        long dropped = 0;
        List<Exception>? failures = null;
        foreach (RedexFile file in OpenFiles)
        {
            try
            {
                dropped += file.SweepRetention();
            }
            catch (RedexException failure)
            {
                (failures ??= []).Add(failure);
            }
        }
        return failures is null ? dropped : throw new AggregateException(failures);
    }

    /// <summary>Closes all logs.</summary>
    /// <exception cref="AggregateException">The disk failed under some; all are closed.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
            return;
        if (_sweeper is not null)
            await _sweeper.DisposeAsync().ConfigureAwait(false);
        List<Exception>? failures = null;
        foreach (Place place in _places.Values)
        {
            try
            {
                await CloseAsync(place).ConfigureAwait(false);
            }
            catch (RedexException failure)
            {
                (failures ??= []).Add(failure);
            }
        }
        _replication?.Dispose();
        if (failures is not null)
            throw new AggregateException(failures);
    }

    private static ValueTask CloseAsync(Place place)
    {
        lock (place.Gate)
        {
            place.StopReplicating();
            RedexFile? file = place.File;
            place.File = null;
            return file?.CloseAsync() ?? default;
        }
    }

    private RedexFile Create(ChannelName name, RedexFileOptions options)
    {
        if (!options.Persistent)
            return new(name, options, Options.TimeProvider, _log);
        if (Options.PersistentDirectory is not { } root)
            throw new RedexException(RedexErrorKind.Channel, $"The log {name} is to be persistent, and the store has no {nameof(RedexOptions.PersistentDirectory)}. Set it, or open the log in memory.");
        if (ChannelDirectory.ReservedSegment(name) is { } reserved)
            throw new RedexException(RedexErrorKind.Channel, $"The log {name} cannot be persistent: {reserved} is what the files of a log are called. Choose another name.");
        try
        {
            var directory = new ChannelDirectory(_volume, ChannelDirectory.PathOf(root, name));
            var opened = OpenedChannel.Open(directory, name, UnixNanoseconds.Now(Options.TimeProvider));
            foreach (RedexProblem problem in opened.Report.Problems)
                RedexLog.Recovered(_log, name, problem.Message);
            return new(name, options, Options.TimeProvider, _log, opened);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new RedexException(RedexErrorKind.Io, $"The log {name} could not be opened in {root}: {failure.Message}", failure);
        }
    }

    // On a thread of the timer's: what went wrong with one log is told, and is no reason to end.
    private void SweepQuietly()
    {
        if (Interlocked.Exchange(ref _isSweeping, 1) == 1)
            return;
        try
        {
            foreach (RedexFile file in OpenFiles)
                SweepQuietly(file);
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }

    private void SweepQuietly(RedexFile file)
    {
        try
        {
            file.SweepRetention();
        }
        catch (Exception failure)
        {
            RedexLog.SweepFailed(_log, file.Name, failure);
        }
    }

    /// <summary>Where one log is opened and closed, one after the other.</summary>
    private sealed partial class Place
    {
        public Lock Gate { get; } = new();

        public RedexFile? File { get; set; }
    }
}
