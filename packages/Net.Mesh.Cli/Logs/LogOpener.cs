using System.Globalization;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Logs;

/// <summary>The process that has a log open.</summary>
internal readonly record struct LogOpener(int ProcessId, string Program)
{
    private const string LockName = "~lock";

    /// <summary>Null when nobody has it, and where the system does not tell: on others than Linux, and of other users' processes.</summary>
    public static LogOpener? Find(string channelDirectory)
    {
        // The lock itself is not tried: whoever opens the log at that moment would be refused.
        if (!OperatingSystem.IsLinux())
            return null;
        string path = Path.Combine(Path.GetFullPath(channelDirectory), LockName);
        if (!File.Exists(path))
            return null;
        path = Resolve(path);
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id != Environment.ProcessId && HasOpen(process, path))
                return new(id, NameOf(process));
        }
        return null;
    }

    /// <summary>A failure to open a log, told with the process that has it as far as that can be found.</summary>
    public static Exception Explain(RedexException failure, ChannelName channel, string channelDirectory) =>
        failure.Error == RedexErrorKind.Io && Find(channelDirectory) is { } opener
            ? new Terminal.CommandException(Terminal.ExitCode.Failure, "in-use", $"the log {channel} in {channelDirectory} is open in {opener}; stop that first, or let it do this.")
            : failure;

    public Terminal.OpenerPart Part => new(ProcessId, Program);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"process {ProcessId} ({Program})");

    private static bool HasOpen(string process, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries(Path.Combine(process, "fd")).Any(descriptor => new FileInfo(descriptor).LinkTarget == path);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended, or is somebody else's
        }
    }

    private static string NameOf(string process)
    {
        try
        {
            return Terminal.Printable.Text(File.ReadAllText(Path.Combine(process, "comm")).TrimEnd('\n'));
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    // The system names files by their real path; directories on the way may be links.
    private static string Resolve(string path)
    {
        string at = Path.GetPathRoot(path)!;
        foreach (string part in path[at.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            at = Path.Combine(at, part);
            at = Directory.ResolveLinkTarget(at, returnFinalTarget: true)?.FullName ?? at;
        }
        return at;
    }
}
