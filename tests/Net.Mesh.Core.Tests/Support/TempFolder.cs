namespace Net.Mesh.Core.Tests.Support;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TempFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("netmesh-core-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Copies the folder as it stands, as a crash would leave it; the lock is no part of it.</summary>
    public TempFolder Snapshot()
    {
        var copy = new TempFolder();
        foreach (string folder in Directory.EnumerateDirectories(Path, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(copy.File(System.IO.Path.GetRelativePath(Path, folder)));
        foreach (string file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            if (System.IO.Path.GetFileName(file) == "lock")
                continue;
            using var source = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var target = new FileStream(copy.File(System.IO.Path.GetRelativePath(Path, file)), FileMode.CreateNew);
            source.CopyTo(target);
        }
        return copy;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
