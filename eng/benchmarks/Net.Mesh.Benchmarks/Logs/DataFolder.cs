using System.Globalization;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>Where the logs of all contenders are: one folder on one file system, deleted after the run.</summary>
/// <param name="parent">The folder to make it in; null for the repository's <c>artifacts</c>.</param>
internal sealed class DataFolder(string? parent) : IDisposable
{
    private readonly string _root = Path.Combine(
        Path.GetFullPath(parent ?? Path.Combine(Requires.RepositoryRoot(), "artifacts")),
        string.Create(CultureInfo.InvariantCulture, $"bench-log.{Environment.ProcessId}"));

    private int _next;

    /// <summary>A folder that is new and empty.</summary>
    /// <exception cref="SkippedException">The file system is in memory: what a sync costs cannot be seen there.</exception>
    public string Fresh()
    {
        string path = Path.Combine(_root, (++_next).ToString(CultureInfo.InvariantCulture));
        Directory.CreateDirectory(path);
        // The innermost mount that holds the folder.
        DriveInfo? drive = DriveInfo.GetDrives().Where(d => IsAbove(d.Name, path)).MaxBy(d => d.Name.Length);
        return drive?.DriveFormat is "tmpfs" or "ramfs"
            ? throw new SkippedException($"{_root} is on {drive.DriveFormat}, in memory; name a folder on a disk with --dir")
            : path;
    }

    public static void Delete(string path)
    {
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    public void Dispose() => Delete(_root);

    private static bool IsAbove(string mount, string path) => mount == "/" || path == mount || path.StartsWith(mount.TrimEnd('/') + '/', StringComparison.Ordinal);
}
