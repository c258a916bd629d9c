namespace Net.Mesh.Architecture.Tests.Rules;

/// <summary>
/// No two top-level folders of a package need each other, however far around. What lies beside the project file, such as the
/// package's options and its composition, belongs to no folder and is everyone's.
/// </summary>
public static class FolderCycles
{
    public static IReadOnlyList<string> Check(PackageCompilation package)
    {
        var arrows = new SortedDictionary<string, SortedDictionary<string, Use>>(StringComparer.Ordinal);
        foreach (Use use in package.Uses())
        {
            if (use.Type is not { } type || use.File.Folder == "")
                continue;
            foreach (string folder in package.FoldersOf(type).Where(folder => folder != use.File.Folder && folder != ""))
            {
                if (!arrows.TryGetValue(use.File.Folder, out SortedDictionary<string, Use>? targets))
                    arrows[use.File.Folder] = targets = new(StringComparer.Ordinal);
                targets.TryAdd(folder, use);
            }
        }

        var problems = new List<string>();
        var done = new HashSet<string>();
        foreach (string folder in arrows.Keys)
            Visit(folder, []);
        return problems;

        void Visit(string folder, List<string> path)
        {
            int start = path.IndexOf(folder);
            if (start >= 0)
            {
                List<string> cycle = [.. path[start..], folder];
                IEnumerable<string> steps = cycle.Zip(cycle.Skip(1), (from, to) => $"{from}/ → {to}/ at {arrows[from][to]}");
                problems.Add($"{package.Package}: {string.Join(", ", steps)}");
                return;
            }
            if (done.Contains(folder) || !arrows.TryGetValue(folder, out SortedDictionary<string, Use>? targets))
                return;
            path.Add(folder);
            foreach (string target in targets.Keys)
                Visit(target, path);
            path.RemoveAt(path.Count - 1);
            done.Add(folder);
        }
    }
}
