using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Logs;

/// <summary>The directory that logs lie under, and one log of it.</summary>
internal sealed record LogStore(string Path)
{
    private const int MostNamed = 5;

    public string DirectoryOf(ChannelName channel) => System.IO.Path.Combine([Path, .. channel.ToString().Split('/')]);

    /// <summary>The names of all logs; fails when the directory is not there.</summary>
    public IReadOnlyList<ChannelName> Channels() => Directory.Exists(Path)
        ? Redex.FindChannels(Path)
        : throw new CommandException(ExitCode.Failure, "not-found", $"there is no directory {Path}; name the one that the logs lie under with --dir.");

    public bool Has(ChannelName channel) => Channels().Contains(channel);

    /// <summary>What to say of a log that cannot be read because it is not there.</summary>
    public CommandException Missing(ChannelName channel)
    {
        IReadOnlyList<ChannelName> all = Channels();
        if (all.Contains(channel))
            return new(ExitCode.Failure, "old-layout", $"the files of the log {channel} in {Path} lie as before Net 0.11; \"netmesh redex repair {channel} --yes\" takes them over.");
        string there = all.Count == 0 ? "there are none" : $"there are {string.Join(", ", all.Take(MostNamed))}{(all.Count > MostNamed ? ", …" : "")}";
        return new(ExitCode.Failure, "not-found", $"there is no log {channel} in {Path}; {there}.");
    }

    /// <summary>What is in a log, looked at from outside.</summary>
    public LogLook Look(ChannelName channel)
    {
        RedexInspection? inspection = Redex.Inspect(Path, channel);
        return new(channel, inspection, LogOpener.Find(DirectoryOf(channel)));
    }

    /// <summary>Opening repairs, and what is left of lost events goes with it: that is for a person to decide.</summary>
    /// <returns>Whether the log is there.</returns>
    public bool RefuseDamaged(ChannelName channel)
    {
        RedexInspection? found = Redex.Inspect(Path, channel);
        return found?.Report.HasLosses != true ? found is not null : throw new CommandException(
            ExitCode.Failure, "damaged", $"the log {channel} in {Path} has lost events; see \"netmesh redex verify {channel}\", and let \"netmesh redex repair {channel} --yes --backup DIR\" put it right.");
    }

    /// <summary>A log to append to; made when it is not there.</summary>
    public RedexFile Open(Redex redex, ChannelName channel, FsyncPolicy policy)
    {
        try
        {
            return redex.Open(channel, new() { Persistent = true, FsyncPolicy = policy });
        }
        catch (RedexException failure)
        {
            throw LogOpener.Explain(failure, channel, DirectoryOf(channel));
        }
    }
}
