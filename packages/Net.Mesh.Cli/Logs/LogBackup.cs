using System.Globalization;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Logs;

/// <summary>Copies the files of one log as they are. Other logs may lie in directories below it; those are not touched.</summary>
internal static class LogBackup
{
    /// <summary>Copies into a directory where the log must not lie yet, so that no earlier copy is lost.</summary>
    public static void Copy(LogStore from, LogStore to, ChannelName channel)
    {
        string source = from.DirectoryOf(channel), target = to.DirectoryOf(channel);
        if (Directory.Exists(target) && Directory.EnumerateFiles(target).Any())
            throw new CommandException(ExitCode.Failure, "file", $"{target} holds a log already; name another directory with --backup.");
        CopyFiles(source, target);
        foreach (string generation in Directory.EnumerateDirectories(source).Where(IsGeneration))
            CopyFiles(generation, Path.Combine(target, Path.GetFileName(generation)));
    }

    private static void CopyFiles(string source, string target)
    {
        Directory.CreateDirectory(target);
        foreach (string file in Directory.EnumerateFiles(source).Where(file => Path.GetFileName(file) != "~lock"))
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
    }

    private static bool IsGeneration(string directory)
    {
        string name = Path.GetFileName(directory);
        return name.Length == 11 && name[0] == 'v' && uint.TryParse(name.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _);
    }
}
