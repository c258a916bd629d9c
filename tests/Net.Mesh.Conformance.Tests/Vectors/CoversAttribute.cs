namespace Net.Mesh.Conformance.Tests;

/// <summary>Names what a test runs of a vector file, so that <see cref="CoverageTests"/> finds what nobody runs.</summary>
/// <param name="file">The file, relative to the folder of the vectors.</param>
/// <param name="keys">Members of its root; a slash descends into one, as in <c>bus/cursor</c>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class CoversAttribute(string file, params string[] keys) : Attribute
{
    public string File { get; } = file;

    public string[] Keys { get; } = keys;
}
