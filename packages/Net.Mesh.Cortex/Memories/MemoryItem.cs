using System.Collections.Immutable;
using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

/// <summary>A memory as the log has made it (spec 06 §6). It never changes: the next event makes another.</summary>
/// <param name="Id">Chosen by whoever stored it.</param>
/// <param name="Content">What is remembered.</param>
/// <param name="Tags">In the order in which they were given; one may come twice.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="CreatedNs">When it was first stored, in Unix nanoseconds, as the writer said.</param>
/// <param name="UpdatedNs">When it was last changed, likewise.</param>
/// <param name="IsPinned">Whether it is pinned.</param>
public sealed record MemoryItem(
    ulong Id, string Content, ImmutableArray<string> Tags, string Source, ulong CreatedNs, ulong UpdatedNs, bool IsPinned) : IRow
{
    /// <summary>In the order in which they were given; one may come twice. Never the default value.</summary>
    public ImmutableArray<string> Tags { get; init => field = value.IsDefault ? [] : value; } = Tags.IsDefault ? [] : Tags;

    /// <summary>When it was first stored.</summary>
    public DateTimeOffset CreatedAt => UnixNanoseconds.ToDateTimeOffset(CreatedNs);

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt => UnixNanoseconds.ToDateTimeOffset(UpdatedNs);

    bool IRow.IsFlagged => IsPinned;

    /// <summary>Whether all is the same, the tags in their order.</summary>
    public bool Equals(MemoryItem? other) => ReferenceEquals(this, other)
        || (other is not null
            && Id == other.Id
            && Content == other.Content
            && Source == other.Source
            && CreatedNs == other.CreatedNs
            && UpdatedNs == other.UpdatedNs
            && IsPinned == other.IsPinned
            && Tags.AsSpan().SequenceEqual(other.Tags.AsSpan()));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Content, UpdatedNs, IsPinned, Tags.Length);
}
