using Xunit;

namespace Net.Mesh.TestSupport;

/// <summary>What a test needs from the machine: present, or the test is skipped with the reason; with CI=true missing is a failure.</summary>
public static class Requires
{
    public static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>The path of a program that is on the PATH.</summary>
    public static string Program(string name, string remedy)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Concat(["/usr/sbin", "/usr/local/sbin"])
            .Where(folder => folder.Length > 0)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
        return path ?? throw Missing($"{name} is not installed. {remedy}");
    }

    /// <summary>The folder with the conformance vectors: NETMESH_VECTORS, or vectors in the shared folder beside the project.</summary>
    public static string Vectors()
    {
        string folder = Environment.GetEnvironmentVariable("NETMESH_VECTORS") is { Length: > 0 } configured ? configured : Path.Combine(Shared(), "vectors");
        return Directory.Exists(folder) ? folder : throw Missing($"the conformance vectors are not at {folder}. Set NETMESH_VECTORS.");
    }

    /// <summary>A program of the reference, in the shared folder beside the project.</summary>
    public static string ReferenceTool(string name)
    {
        string path = Path.Combine(Shared(), "tools", "net-0.27.2", name);
        return File.Exists(path) ? path : throw Missing($"the reference's {name} is not at {path}.");
    }

    /// <summary>The command line of the independent peer, which the shared folder beside the project has: Python and its folder.</summary>
    public static (string Program, string Folder) SpecPeer()
    {
        string folder = Path.Combine(Shared(), "tools", "specpeer");
        return File.Exists(Path.Combine(folder, "__main__.py"))
            ? (Program("python3", "Install Python 3.11 or later."), folder)
            : throw Missing($"the independent peer is not at {folder}.");
    }

    /// <summary>The root of this repository.</summary>
    public static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Net.Mesh.slnx")))
                return folder.FullName;
        }
        throw new InvalidOperationException($"Net.Mesh.slnx is not above {AppContext.BaseDirectory}.");
    }

    /// <summary>Ends the test: skipped with the reason, or failed where nothing may be missing.</summary>
    public static Exception Missing(string reason)
    {
        if (IsCi)
            Assert.Fail(reason);
        Assert.Skip(reason);
        return new InvalidOperationException(reason);
    }

    private static string Shared() => Path.GetFullPath(Path.Combine(RepositoryRoot(), "..", "shared"));
}
