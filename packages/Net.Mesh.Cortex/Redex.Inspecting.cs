using System.Runtime.CompilerServices;
using Net.Mesh.Cortex.Logs.Storage;

namespace Net.Mesh.Cortex;

public sealed partial class Redex
{
    /// <summary>The channels whose logs lie under a directory, in the order of their names.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static IReadOnlyList<ChannelName> FindChannels(string persistentDirectory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(persistentDirectory);
        var found = new List<ChannelName>();
        Search(persistentDirectory, "");
        found.Sort();
        return found;

        void Search(string path, string prefix)
        {
            foreach (string name in DiskVolume.Instance.DirectoriesIn(path))
            {
                if (!ChannelName.TryCreate(prefix + name, out ChannelName channel, out _))
                    continue;
                var directory = new ChannelDirectory(DiskVolume.Instance, Path.Combine(path, name));
                if (directory.FindGeneration() > 0 || directory.HasFlatLayout)
                    found.Add(channel);
                Search(directory.Path, channel + "/");
            }
        }
    }

    /// <summary>What is in a channel's files, and whether they are whole. Nothing is changed, and the log may be open elsewhere.</summary>
    /// <param name="persistentDirectory">Where the store's logs lie.</param>
    /// <param name="name">The channel.</param>
    /// <returns>Null when there is no such log.</returns>
    /// <exception cref="RedexException">The disk failed.</exception>
    public static RedexInspection? Inspect(string persistentDirectory, ChannelName name) =>
        RedexInspection.Of(persistentDirectory, name, TimeProvider.System);

    /// <summary>
    /// The events of a log that another process has open, from a sequence on, as they come. What the log has dropped is passed over.
    /// </summary>
    /// <param name="persistentDirectory">Where the store's logs lie.</param>
    /// <param name="name">The channel; it may be made later.</param>
    /// <param name="from">The first sequence.</param>
    /// <param name="pollInterval">How often the files are looked at.</param>
    /// <param name="time">The clock of the interval; that of the system by default.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RedexException">The disk failed.</exception>
    public static async IAsyncEnumerable<RedexEvent> FollowAsync(
        string persistentDirectory, ChannelName name, ulong from, TimeSpan pollInterval, TimeProvider? time = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(persistentDirectory);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(pollInterval, TimeSpan.Zero);
        var follower = new Follower(new ChannelDirectory(DiskVolume.Instance, ChannelDirectory.PathOf(persistentDirectory, name)), from);
        while (true)
        {
            IReadOnlyList<RedexEvent> found;
            try
            {
                found = follower.ReadNew();
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                throw new RedexException(RedexErrorKind.Io, $"The log {name} in {persistentDirectory} could not be read: {failure.Message}", failure);
            }
            foreach (RedexEvent read in found)
                yield return read;
            if (found.Count == 0)
                await Task.Delay(pollInterval, time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
