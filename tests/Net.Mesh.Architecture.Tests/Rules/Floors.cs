namespace Net.Mesh.Architecture.Tests.Rules;

/// <summary>Net.Mesh.Core, floor by floor: a file uses only its own folder and the floors below it.</summary>
public static class Floors
{
    private static readonly Dictionary<string, int> FloorOf = new()
    {
        ["Primitives"] = 1,
        ["Wire"] = 2,
        ["Crypto"] = 3,
        ["Identities"] = 4,
        ["Transport"] = 5,
        ["Sessions"] = 6,
        ["Node"] = 7,
        ["Subnets"] = 8,
        ["Streams"] = 8,
        ["Channels"] = 10,
        ["Capabilities"] = 9,
        ["Hosting"] = 11,
    };

    /// <summary>The event bus stands beside the floors: it uses Primitives, and meets the mesh only in its mesh adapter.</summary>
    private const string Bus = "Bus";
    private const string MeshAdapter = "Bus/Adapters/MeshAdapter";

    public static IReadOnlyList<string> Check(PackageCompilation core, IEnumerable<SourceFile> sources)
    {
        var problems = new List<string>();
        foreach (SourceFile file in sources)
        {
            if (file.Folder != Bus && !FloorOf.ContainsKey(file.Folder))
                problems.Add($"{file.Path} lies in no folder of the house ({string.Join(", ", FloorOf.Keys)}, {Bus})");
        }
        foreach (Use use in core.Uses())
        {
            if (use.Type is not { } type)
                continue;
            foreach (string folder in core.FoldersOf(type))
            {
                if (!MayUse(use.File, folder))
                    problems.Add($"{use} uses {type.Name}, which lives in {folder}/: no arrow may run there from {use.File.Folder}/");
            }
        }
        return [.. problems.Distinct()];
    }

    private static bool MayUse(SourceFile file, string folder)
    {
        if (file.Folder == folder)
            return true;
        if (file.Folder == Bus)
        {
            return folder == "Primitives"
                || (file.Path.StartsWith(MeshAdapter, StringComparison.Ordinal) && FloorOf.TryGetValue(folder, out int floor) && floor <= FloorOf["Node"]);
        }
        if (folder == Bus)
            return file.Folder == "Hosting";
        return FloorOf.TryGetValue(file.Folder, out int own) && FloorOf.TryGetValue(folder, out int other) && other < own;
    }
}
