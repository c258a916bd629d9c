namespace Net.Mesh.Cli.Tests;

/// <summary>A folder of its own with a mesh key and an identity.</summary>
public sealed class KeyFolder : IDisposable
{
    public KeyFolder()
    {
        Path = Directory.CreateTempSubdirectory("netmesh-cli-").FullName;
        Write("mesh.psk", new string('5', 64));
        Write("node.key", new string('a', 64));
    }

    public string Path { get; }

    public string Psk => At("mesh.psk");

    public string Key => At("node.key");

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public void Write(string name, string text)
    {
        File.WriteAllText(At(name), text + "\n");
        File.SetUnixFileMode(At(name), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
