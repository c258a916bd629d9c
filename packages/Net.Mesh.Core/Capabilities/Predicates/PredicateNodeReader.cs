using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// Reads one node of the flat form. Members come in any order, so their values are found first and read when the kind is known;
/// members that the kind does not have are left out unread, as unknown ones are.
/// </summary>
internal ref struct PredicateNodeReader
{
    private const int Kind = 0;
    private const int Key = 1;
    private const int Threshold = 2;
    private const int Min = 3;
    private const int Max = 4;
    private const int Text = 5; // value, version, prefix and pattern, in this order
    private const int Children = 9;
    private const int Child = 10;
    private const int MemberCount = 11;

    private readonly ReadOnlySpan<byte> _json;
    private Values _values;

    private PredicateNodeReader(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>A clause, or a joint with the indices of its children still unresolved.</summary>
    public static bool TryRead(ref StrictJsonReader json, ReadOnlySpan<byte> text, out PredicateNode node)
    {
        node = default;
        var reader = new PredicateNodeReader(text);
        return reader.TryFind(ref json) && reader.TryBuild(out node);
    }

    private bool TryFind(ref StrictJsonReader json)
    {
        int count = 0;
        if (!json.TryTake((byte)'{'))
            return false;
        while (json.TryStep((byte)'}', ref count, out bool hasMore))
        {
            if (!hasMore)
                return true;
            if (!json.TryName(out ReadOnlySpan<byte> name))
                return false;
            int start = json.Position;
            if (!json.TrySkip())
                return false;
            int member = MemberOf(name);
            if (member >= 0)
                _values[member] = _values[member].Length > 0 ? Value.Twice : new(start, json.Position - start);
        }
        return false;
    }

    private bool TryBuild(out PredicateNode node)
    {
        node = default;
        if (!TryString(Kind, out string name) || !PredicateMembers.TryParseKind(Encoding.UTF8.GetBytes(name), out PredicateKind kind))
            return false;
        if (kind >= PredicateKind.And)
        {
            node = new(kind, null, null);
            return kind == PredicateKind.Not ? TryChild(ref node) : TryChildren(ref node);
        }
        string text = "";
        double min = 0;
        double max = 0;
        ReadOnlySpan<byte> textMember = PredicateMembers.TextMember(kind);
        if (!textMember.IsEmpty && !TryString(MemberOf(textMember), out text))
            return false;
        if (PredicateMembers.HasThreshold(kind) && !TryDouble(Threshold, out min))
            return false;
        if (kind == PredicateKind.InRange && !(TryDouble(Min, out min) && TryDouble(Max, out max)))
            return false;
        if (kind >= PredicateKind.MetadataExists)
        {
            if (!TryString(Key, out string key))
                return false;
            node = new(kind, Predicate.OfMetadata(kind, key, text, min), null);
            return true;
        }
        if (!TryKey(out TagKey tagKey))
            return false;
        node = new(kind, Predicate.OfTag(kind, tagKey, text, min, max), null);
        return true;
    }

    private bool TryOpen(int member, out StrictJsonReader json)
    {
        Value value = _values[member];
        json = default;
        return value.Length > 0 && value != Value.Twice && StrictJsonReader.TryOpen(_json.Slice(value.Start, value.Length), out json);
    }

    private bool TryString(int member, out string text)
    {
        text = "";
        return TryOpen(member, out StrictJsonReader json) && json.TryString(out text);
    }

    private bool TryDouble(int member, out double number)
    {
        number = 0;
        Value value = _values[member];
        if (value.Length == 0 || value == Value.Twice)
            return false;
        // It is valid JSON already: what starts like a number is one. Past the range of doubles it reads as infinite, and is refused.
        ReadOnlySpan<byte> text = _json.Slice(value.Start, value.Length).Trim(" \t\r\n"u8);
        return text[0] is (byte)'-' or (>= (byte)'0' and <= (byte)'9')
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number)
            && double.IsFinite(number);
    }

    private bool TryKey(out TagKey key)
    {
        key = default;
        string? axisName = null;
        string? name = null;
        int count = 0;
        if (!TryOpen(Key, out StrictJsonReader json) || !json.TryTake((byte)'{'))
            return false;
        while (json.TryStep((byte)'}', ref count, out bool hasMore))
        {
            if (!hasMore)
            {
                if (name is null || !TaxonomyAxisNames.TryParse(axisName, out TaxonomyAxis axis))
                    return false;
                key = new(axis, name);
                return true;
            }
            if (!json.TryName(out ReadOnlySpan<byte> member))
                return false;
            bool isRead = member switch
            {
                _ when member.SequenceEqual("axis"u8) => axisName is null && json.TryString(out axisName),
                _ when member.SequenceEqual("key"u8) => name is null && json.TryString(out name),
                _ => json.TrySkip(),
            };
            if (!isRead)
                return false;
        }
        return false;
    }

    private bool TryChild(ref PredicateNode node)
    {
        if (!TryOpen(Child, out StrictJsonReader json) || !json.TryNumber(ulong.MaxValue, out ulong child))
            return false;
        node = node with { Children = [child] };
        return true;
    }

    private bool TryChildren(ref PredicateNode node)
    {
        var children = new List<ulong>();
        int count = 0;
        if (!TryOpen(Children, out StrictJsonReader json) || !json.TryTake((byte)'['))
            return false;
        while (json.TryStep((byte)']', ref count, out bool hasMore))
        {
            if (!hasMore)
            {
                node = node with { Children = [.. children] };
                return true;
            }
            if (!json.TryNumber(ulong.MaxValue, out ulong child))
                return false;
            children.Add(child);
        }
        return false;
    }

    private static int MemberOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("kind"u8) => Kind,
        _ when name.SequenceEqual("key"u8) => Key,
        _ when name.SequenceEqual("threshold"u8) => Threshold,
        _ when name.SequenceEqual("min"u8) => Min,
        _ when name.SequenceEqual("max"u8) => Max,
        _ when name.SequenceEqual("value"u8) => Text,
        _ when name.SequenceEqual("version"u8) => Text + 1,
        _ when name.SequenceEqual("prefix"u8) => Text + 2,
        _ when name.SequenceEqual("pattern"u8) => Text + 3,
        _ when name.SequenceEqual("children"u8) => Children,
        _ when name.SequenceEqual("child"u8) => Child,
        _ => -1,
    };

    private readonly record struct Value(int Start, int Length)
    {
        public static readonly Value Twice = new(-1, 1);
    }

    [InlineArray(MemberCount)]
    private struct Values
    {
        private Value _first;
    }
}

/// <summary>A node as it was read: a clause that is finished, or a joint and where its children are.</summary>
internal readonly record struct PredicateNode(PredicateKind Kind, Predicate? Clause, ulong[]? Children);
