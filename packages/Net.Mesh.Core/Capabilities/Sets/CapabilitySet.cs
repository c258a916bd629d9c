using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Net.Mesh.Capabilities;

/// <summary>
/// What a node says of itself: tags, and texts by name (spec 04 §3). Immutable: every <c>With…</c> gives a new set, and any
/// number of threads may read one. The tags are read once, when the set is made.
/// </summary>
/// <example><code>
/// CapabilitySet set = new CapabilitySet().WithTag("model:llama3-70b").WithMetadata("team", "vision");
/// </code></example>
public sealed partial class CapabilitySet : IEquatable<CapabilitySet>
{
    private readonly Tag[] _tags; // ascending by their UTF-8 bytes, each once
    private TableBox? _table;

    /// <summary>A set that says nothing.</summary>
    public CapabilitySet()
        : this([], CapabilityMetadata.Empty)
    {
    }

    private CapabilitySet(Tag[] sorted, CapabilityMetadata metadata)
    {
        _tags = sorted;
        Metadata = metadata;
    }

    /// <summary>A set that says nothing.</summary>
    public static CapabilitySet Empty { get; } = new();

    /// <summary>The tags, each once, ascending by the UTF-8 bytes of their text.</summary>
    public ImmutableArray<Tag> Tags => ImmutableCollectionsMarshal.AsImmutableArray(_tags);

    /// <summary>The texts by name.</summary>
    public CapabilityMetadata Metadata { get; }

    /// <summary>Whether the set says nothing.</summary>
    public bool IsEmpty => _tags.Length == 0 && Metadata.Count == 0;

    /// <summary>
    /// A set of texts as a decoder or a helper writes them: reserved prefixes are taken, duplicates collapse, order does not
    /// count.
    /// </summary>
    /// <exception cref="FormatException">One of the texts is empty or no Unicode text.</exception>
    public static CapabilitySet FromTags(params IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return FromTags(tags.Select(static t => Tag.Parse(t)));
    }

    /// <summary>A set of parsed tags; duplicates collapse, order does not count.</summary>
    public static CapabilitySet FromTags(IEnumerable<Tag> tags) => FromTags(tags, CapabilityMetadata.Empty);

    /// <summary>A set of parsed tags and metadata.</summary>
    public static CapabilitySet FromTags(IEnumerable<Tag> tags, CapabilityMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ArgumentNullException.ThrowIfNull(metadata);
        return new(Sorted([.. tags]), metadata);
    }

    /// <summary>
    /// Whether a tag that means the same is in the set: <c>=</c> and <c>:</c> are one in value tags (spec 04 §2.3). A text that
    /// is no tag is in no set.
    /// </summary>
    public bool HasTag(string tag) => Tag.TryParse(tag, out Tag parsed) && HasTag(parsed);

    /// <summary>Whether a tag that means the same is in the set. Allocates nothing, in nanoseconds.</summary>
    public bool HasTag(in Tag tag) => (_table ?? MakeTable()).Table.Contains(tag);

    /// <summary>Whether exactly this text is in the set.</summary>
    public bool HasExactTag(in Tag tag) => Find(tag) >= 0;

    /// <summary>
    /// Adds a tag. One that is empty, that is no Unicode text or that starts with one of the <see cref="ReservedPrefixes"/> is
    /// left out without a word, as the reference does (spec 04 §2.2); <see cref="WithCheckedTag"/> throws.
    /// </summary>
    public CapabilitySet WithTag(string tag) => Tag.TryParseUser(tag, out Tag parsed, out _) ? WithTag(parsed) : this;

    /// <summary>Adds a tag, and refuses the ones that <see cref="WithTag(string)"/> leaves out.</summary>
    /// <exception cref="FormatException">The tag is empty, has a reserved prefix, or is no Unicode text.</exception>
    public CapabilitySet WithCheckedTag(string tag) => WithTag(Tag.ParseUser(tag));

    /// <summary>Adds a parsed tag as it is, reserved prefixes included.</summary>
    public CapabilitySet WithTag(Tag tag)
    {
        if (tag.Text.Length == 0)
            throw new ArgumentException("A tag has at least one character.", nameof(tag));
        int at = Find(tag);
        return at >= 0 ? this : new([.. _tags.AsSpan(0, ~at), tag, .. _tags.AsSpan(~at)], Metadata);
    }

    /// <summary>Adds parsed tags as they are.</summary>
    public CapabilitySet WithTags(IEnumerable<Tag> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return new(Sorted([.. _tags, .. tags]), Metadata);
    }

    /// <summary>Drops the tags that <paramref name="isUnwanted"/> picks.</summary>
    public CapabilitySet WithoutTags(Predicate<Tag> isUnwanted)
    {
        ArgumentNullException.ThrowIfNull(isUnwanted);
        Tag[] rest = Array.FindAll(_tags, t => !isUnwanted(t));
        return rest.Length == _tags.Length ? this : new(rest, Metadata);
    }

    /// <summary>Sets the text of a name.</summary>
    public CapabilitySet WithMetadata(string key, string value) => new(_tags, Metadata.With(key, value), _table);

    /// <summary>Replaces all metadata.</summary>
    public CapabilitySet WithMetadata(CapabilityMetadata metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        return ReferenceEquals(metadata, Metadata) ? this : new(_tags, metadata, _table);
    }

    /// <summary>Whether both have the same tags, text for text, and the same metadata.</summary>
    public bool Equals(CapabilitySet? other) =>
        other is not null && (ReferenceEquals(this, other) || (_tags.AsSpan().SequenceEqual(other._tags) && Metadata.SameAs(other.Metadata)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CapabilitySet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (ref readonly Tag tag in _tags.AsSpan())
            hash.Add(tag.Text, StringComparer.Ordinal);
        foreach ((string key, string value) in Metadata.Entries)
        {
            hash.Add(key, StringComparer.Ordinal);
            hash.Add(value, StringComparer.Ordinal);
        }
        return hash.ToHashCode();
    }

    private CapabilitySet(Tag[] sorted, CapabilityMetadata metadata, TableBox? table)
        : this(sorted, metadata) => _table = table;

    internal ReadOnlySpan<Tag> TagSpan => _tags;

    private int Find(in Tag tag)
    {
        int low = 0;
        int high = _tags.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Utf8Order.Compare(_tags[middle].Text, tag.Text);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }

    private static Tag[] Sorted(Tag[] tags)
    {
        if (IsAscending(tags))
            return tags; // what a peer sent in canonical form
        Array.Sort(tags, static (left, right) => left.CompareTo(right));
        int kept = 0;
        foreach (Tag tag in tags)
        {
            if (tag.Text.Length == 0)
                throw new ArgumentException("A tag has at least one character.", nameof(tags));
            if (kept == 0 || tags[kept - 1] != tag)
                tags[kept++] = tag;
        }
        return kept == tags.Length ? tags : tags[..kept];
    }

    private static bool IsAscending(Tag[] tags)
    {
        for (int i = 0; i < tags.Length; i++)
        {
            if (tags[i].Text.Length == 0 || (i > 0 && tags[i - 1].CompareTo(tags[i]) >= 0))
                return false;
        }
        return true;
    }

    // Two threads may both make it; either is right.
    private TableBox MakeTable() => _table = new(new(_tags));

    private sealed class TableBox(TagTable table)
    {
        public readonly TagTable Table = table;
    }
}
