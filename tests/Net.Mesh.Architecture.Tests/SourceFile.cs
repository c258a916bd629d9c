namespace Net.Mesh.Architecture.Tests;

/// <summary>A C# file of a package.</summary>
/// <param name="Path">Relative to the package's folder, with forward slashes.</param>
/// <param name="Text">Its text.</param>
public sealed record SourceFile(string Path, string Text)
{
    /// <summary>The top-level folder, empty for a file that lies beside the project file.</summary>
    public string Folder => Path.Contains('/') ? Path[..Path.IndexOf('/')] : "";
}
