using System.Buffers;
using System.Text;
using Net.Mesh.Primitives;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>Writes the flat form of a predicate (spec 04 §13.2): nodes, clauses before their joint, the root last.</summary>
internal static class PredicateJsonWriter
{
    public static void Write(IBufferWriter<byte> output, Predicate predicate)
    {
        var json = new CanonicalJsonWriter(output);
        json.Raw("{\"nodes\":["u8);
        var waiting = new Stack<int>(); // nodes whose joint is still to come
        int count = 0;
        foreach (Predicate node in PredicateWalk.ChildrenFirst(predicate))
        {
            if (count > 0)
                json.Raw((byte)',');
            json.Raw("{\"kind\":\""u8);
            json.Raw(PredicateMembers.NameOf(node.Kind));
            json.Raw((byte)'"');
            if (node.IsLeaf)
                WriteClause(ref json, node);
            else
                WriteJoint(ref json, node, waiting);
            json.Raw((byte)'}');
            waiting.Push(count++);
        }
        json.Raw("],\"root_idx\":"u8);
        json.Number((ulong)(count - 1));
        json.Raw((byte)'}');
        json.Flush();
    }

    private static void WriteClause(ref CanonicalJsonWriter json, Predicate clause)
    {
        if (clause.IsMetadata)
        {
            json.Raw(",\"key\":"u8);
            json.String(clause.KeyText);
        }
        else
        {
            json.Raw(",\"key\":{\"axis\":\""u8);
            json.Raw(Encoding.UTF8.GetBytes(clause.Key.Axis.ToName()));
            json.Raw("\",\"key\":"u8);
            json.String(clause.Key.Key);
            json.Raw((byte)'}');
        }
        if (PredicateMembers.TextMember(clause.Kind) is { IsEmpty: false } member)
        {
            json.Raw(",\""u8);
            json.Raw(member);
            json.Raw("\":"u8);
            json.String(clause.Text);
        }
        else if (PredicateMembers.HasThreshold(clause.Kind))
        {
            WriteNumber(ref json, ",\"threshold\":"u8, clause.Min);
        }
        else if (clause.Kind == PredicateKind.InRange)
        {
            WriteNumber(ref json, ",\"min\":"u8, clause.Min);
            WriteNumber(ref json, ",\"max\":"u8, clause.Max);
        }
    }

    private static void WriteJoint(ref CanonicalJsonWriter json, Predicate joint, Stack<int> waiting)
    {
        if (joint.Kind == PredicateKind.Not)
        {
            json.Raw(",\"child\":"u8);
            json.Number((ulong)waiting.Pop());
            return;
        }
        var children = new int[joint.ClauseSpan.Length];
        for (int i = children.Length - 1; i >= 0; i--)
            children[i] = waiting.Pop();
        json.Raw(",\"children\":["u8);
        for (int i = 0; i < children.Length; i++)
        {
            if (i > 0)
                json.Raw((byte)',');
            json.Number((ulong)children[i]);
        }
        json.Raw((byte)']');
    }

    private static void WriteNumber(ref CanonicalJsonWriter json, ReadOnlySpan<byte> member, double number)
    {
        json.Raw(member);
        json.Raw(Encoding.UTF8.GetBytes(FloatText.Json(number)));
    }
}
