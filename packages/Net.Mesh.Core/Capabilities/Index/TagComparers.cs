using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Capabilities;

/// <summary>Tags are one when they mean the same (spec 04 §2.3).</summary>
internal sealed class TagMeaning : IEqualityComparer<Tag>
{
    public static readonly TagMeaning Comparer = new();

    public bool Equals(Tag x, Tag y) => x.SemanticEquals(y);

    public int GetHashCode([DisallowNull] Tag obj) => obj.MeaningHash;
}

/// <summary>Tags are one when they have the same axis and key; only for presence and value tags.</summary>
internal sealed class TagAxisKey : IEqualityComparer<Tag>
{
    public static readonly TagAxisKey Comparer = new();

    public bool Equals(Tag x, Tag y) => x.Axis == y.Axis && x.KeySpan.SequenceEqual(y.KeySpan);

    public int GetHashCode([DisallowNull] Tag obj) => HashCode.Combine(obj.Axis, string.GetHashCode(obj.KeySpan));
}
