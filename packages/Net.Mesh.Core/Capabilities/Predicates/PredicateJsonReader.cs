using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Reads the flat form of a predicate (spec 04 §13.2). What it builds is never larger than what it read: a node has one joint at
/// most, though the reference copies shared ones. Nodes that the root does not reach are not looked at.
/// </summary>
internal static class PredicateJsonReader
{
    public static PredicateWireError Read(ReadOnlySpan<byte> bytes, out Predicate? predicate)
    {
        predicate = null;
        if (!StrictJsonReader.TryOpen(bytes, out StrictJsonReader json) || !TryReadTable(ref json, bytes, out List<PredicateNode>? nodes, out ulong root))
            return PredicateWireError.Json;
        if (nodes.Count == 0)
            return PredicateWireError.Empty;
        if (root >= (ulong)nodes.Count)
            return PredicateWireError.RootOutOfBounds;
        PredicateWireError error = Mark(nodes, (int)root, out bool[] isReached);
        if (error == PredicateWireError.None)
            predicate = Build(nodes, (int)root, isReached);
        return error;
    }

    private static bool TryReadTable(ref StrictJsonReader json, ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out List<PredicateNode>? nodes, out ulong root)
    {
        nodes = null;
        root = 0;
        bool hasRoot = false;
        int count = 0;
        if (!json.TryTake((byte)'{'))
            return false;
        while (json.TryStep((byte)'}', ref count, out bool hasMore))
        {
            if (!hasMore)
                return nodes is not null && hasRoot && json.TryEnd();
            if (!json.TryName(out ReadOnlySpan<byte> name))
                return false;
            bool isRead;
            if (name.SequenceEqual("nodes"u8))
            {
                isRead = nodes is null && TryReadNodes(ref json, bytes, out nodes);
            }
            else if (name.SequenceEqual("root_idx"u8))
            {
                isRead = !hasRoot && json.TryNumber(ulong.MaxValue, out root);
                hasRoot = true;
            }
            else
            {
                isRead = json.TrySkip();
            }
            if (!isRead)
                return false;
        }
        return false;
    }

    private static bool TryReadNodes(ref StrictJsonReader json, ReadOnlySpan<byte> bytes, out List<PredicateNode> nodes)
    {
        nodes = [];
        int count = 0;
        if (!json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
                return true;
            if (!PredicateNodeReader.TryRead(ref json, bytes, out PredicateNode node))
                return false;
            nodes.Add(node);
        }
        return false;
    }

    // Children come before their parent, so one pass from the root down meets every node after its parent.
    private static PredicateWireError Mark(List<PredicateNode> nodes, int root, out bool[] isReached)
    {
        isReached = new bool[root + 1];
        isReached[root] = true;
        int count = 1;
        for (int i = root; i >= 0; i--)
        {
            if (!isReached[i] || nodes[i].Children is not { } children)
                continue;
            foreach (ulong child in children)
            {
                if (child >= (ulong)i)
                    return PredicateWireError.Cycle;
                if (isReached[child])
                    return PredicateWireError.SharedChild;
                isReached[child] = true;
                if (++count > Predicate.MaxNodeCount)
                    return PredicateWireError.TooManyNodes;
            }
        }
        return PredicateWireError.None;
    }

    private static Predicate Build(List<PredicateNode> nodes, int root, bool[] isReached)
    {
        var built = new Predicate?[root + 1];
        for (int i = 0; i <= root; i++)
        {
            if (!isReached[i])
                continue;
            PredicateNode node = nodes[i];
            built[i] = node.Clause ?? Predicate.Joining(node.Kind, Array.ConvertAll(node.Children!, child => built[child]!));
        }
        return built[root]!;
    }
}
