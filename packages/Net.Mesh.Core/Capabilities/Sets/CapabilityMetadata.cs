using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Net.Mesh.Wire;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The free-form part of a capability set: texts by name, ordered by the UTF-8 bytes of the name (spec 04 §3.1 J3). Immutable.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "The field's word is metadata; a dictionary is how they are read.")]
public sealed class CapabilityMetadata : IReadOnlyDictionary<string, string>
{
    /// <summary>No entries.</summary>
    public static CapabilityMetadata Empty { get; } = new([]);

    private readonly KeyValuePair<string, string>[] _entries;

    private CapabilityMetadata(KeyValuePair<string, string>[] sorted) => _entries = sorted;

    /// <inheritdoc/>
    public int Count => _entries.Length;

    /// <summary>The entries in order, without copying them.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> Entries => _entries;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _entries.Select(static e => e.Key);

    /// <inheritdoc/>
    public IEnumerable<string> Values => _entries.Select(static e => e.Value);

    /// <inheritdoc/>
    public string this[string key] => TryGetValue(key, out string? value)
        ? value
        : throw new KeyNotFoundException($"The metadata have no '{key}'.");

    /// <summary>Sorts the entries; of two with one name the later counts.</summary>
    /// <exception cref="ArgumentException">A name or value has half of a surrogate pair.</exception>
    public static CapabilityMetadata From(IEnumerable<KeyValuePair<string, string>> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var sorted = new SortedDictionary<string, string>(Utf8Order.Instance);
        foreach ((string key, string value) in entries)
        {
            RequireText(key);
            RequireText(value);
            sorted[key] = value;
        }
        return sorted.Count == 0 ? Empty : new([.. sorted]);
    }

    /// <summary>A copy with one entry added or replaced.</summary>
    /// <exception cref="ArgumentException">The name or value has half of a surrogate pair.</exception>
    public CapabilityMetadata With(string key, string value)
    {
        RequireText(key);
        RequireText(value);
        int at = Find(key);
        KeyValuePair<string, string> entry = new(key, value);
        if (at < 0)
            return new([.. _entries.AsSpan(0, ~at), entry, .. _entries.AsSpan(~at)]);
        var copy = (KeyValuePair<string, string>[])_entries.Clone();
        copy[at] = entry;
        return new(copy);
    }

    /// <summary>A copy without the entries whose name <paramref name="isUnwanted"/> picks; this one when it picks none.</summary>
    public CapabilityMetadata Without(Predicate<string> isUnwanted)
    {
        ArgumentNullException.ThrowIfNull(isUnwanted);
        if (_entries.Length == 0)
            return this;
        KeyValuePair<string, string>[] rest = Array.FindAll(_entries, e => !isUnwanted(e.Key));
        return rest.Length == _entries.Length ? this : new(rest);
    }

    /// <inheritdoc/>
    public bool ContainsKey(string key) => Find(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        int at = Find(key);
        value = at >= 0 ? _entries[at].Value : null;
        return at >= 0;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => ((IEnumerable<KeyValuePair<string, string>>)_entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    // A decoder's texts are well-formed, and mostly come in order.
    internal static CapabilityMetadata FromDecoded(List<KeyValuePair<string, string>> entries)
    {
        for (int i = 1; i < entries.Count; i++)
        {
            if (Utf8Order.Compare(entries[i - 1].Key, entries[i].Key) >= 0)
                return From(entries);
        }
        return entries.Count == 0 ? Empty : new([.. entries]);
    }

    internal bool SameAs(CapabilityMetadata other) => ReferenceEquals(this, other) || _entries.AsSpan().SequenceEqual(other._entries);

    private int Find(string key)
    {
        int low = 0;
        int high = _entries.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Utf8Order.Compare(_entries[middle].Key, key);
            if (order == 0)
                return middle;
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return ~low;
    }

    private static void RequireText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!UnicodeText.IsWellFormed(text))
            throw new ArgumentException($"'{text}' has half of a surrogate pair; metadata are Unicode text.", nameof(text));
    }
}
