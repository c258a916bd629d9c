using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Net.Mesh.Capabilities;

/// <summary>
/// The inverted index: from each tag, key, model, tool and chain to the nodes that have it. Guarded by the index' lock. An empty
/// posting is dropped, so what it holds is bounded by what the entries hold.
/// </summary>
internal sealed class PostingLists
{
    private readonly Dictionary<Tag, Posting> _tags = new(TagMeaning.Comparer);
    private readonly Dictionary<Tag, Posting> _keys = new(TagAxisKey.Comparer);
    private readonly Dictionary<string, Posting> _models = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Posting> _tools = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Posting> _chains = new(StringComparer.Ordinal);

    /// <summary>All nodes.</summary>
    public Posting All { get; } = new();

    /// <summary>Nodes with a GPU, whether by the presence tag or by the details of one.</summary>
    public Posting Gpus { get; } = new();

    public void Add(IndexEntry entry)
    {
        All.Add(entry);
        if (HasGpu(entry.Set))
            Gpus.Add(entry);
        foreach (ref readonly Tag tag in entry.Set.TagSpan)
            AddTag(tag, entry);
    }

    public void Remove(IndexEntry entry)
    {
        All.Remove(entry.Node);
        if (HasGpu(entry.Set))
            Gpus.Remove(entry.Node);
        foreach (ref readonly Tag tag in entry.Set.TagSpan)
            RemoveTag(tag, entry.Node, CapabilitySet.Empty);
        // Keys last: every tag of a key takes its value out of the count first.
        foreach (ref readonly Tag tag in entry.Set.TagSpan)
        {
            if (tag.Kind <= TagKind.Value)
                RemoveFrom(_keys, tag, entry.Node);
        }
    }

    /// <summary>Gives an entry another set; only the lists of what came or went are touched.</summary>
    public void Update(IndexEntry entry, CapabilitySet set)
    {
        CapabilitySet before = entry.Set;
        bool hadGpu = HasGpu(before);
        entry.Set = set;
        if (HasGpu(set) != hadGpu)
        {
            if (hadGpu)
                Gpus.Remove(entry.Node);
            else
                Gpus.Add(entry);
        }
        // What comes goes in first, so that a key that stays keeps its list and the values it has counted.
        foreach (ref readonly Tag tag in set.TagSpan)
        {
            if (!before.HasExactTag(tag))
                AddTag(tag, entry);
        }
        foreach (ref readonly Tag tag in before.TagSpan)
        {
            if (!set.HasExactTag(tag))
                RemoveTag(tag, entry.Node, set);
        }
        foreach (ref readonly Tag tag in before.TagSpan)
        {
            if (tag.Kind <= TagKind.Value && !set.HasExactTag(tag) && !HasKeyOf(tag, set))
                RemoveFrom(_keys, tag, entry.Node);
        }
    }

    public bool TryTag(in Tag tag, [NotNullWhen(true)] out Posting? posting) => _tags.TryGetValue(tag, out posting);

    public bool TryChain(string hash, [NotNullWhen(true)] out Posting? posting) => _chains.TryGetValue(hash, out posting);

    public bool TryKey(in TagKey key, [NotNullWhen(true)] out Posting? posting)
    {
        posting = null;
        return Tag.TryParse(key.ToString(), out Tag like) && like.Is(key) && _keys.TryGetValue(like, out posting);
    }

    /// <summary>
    /// The shortest list that has every node the filter can match; null when nothing can. <paramref name="isExact"/> when every
    /// node of the list does match.
    /// </summary>
    public Posting? Plan(CapabilityFilter filter, out bool isExact)
    {
        isExact = filter.IsEmpty || filter.IsOneTag || filter.IsGpuOnly;
        Posting? best = filter.IsImpossible ? null : All;
        foreach (ref readonly Tag tag in filter.Tags)
            best = Shorter(best, _tags.GetValueOrDefault(tag));
        if (filter.NeedsGpu)
            best = Shorter(best, Gpus);
        if (filter.VendorTag is { } vendor && !filter.IsVendorUnknown)
            best = Shorter(best, _tags.GetValueOrDefault(vendor));
        if (filter.Models.Length == 1)
            best = Shorter(best, _models.GetValueOrDefault(filter.Models[0]));
        if (filter.Tools.Length == 1)
            best = Shorter(best, _tools.GetValueOrDefault(filter.Tools[0]));
        return best;
    }

    private void AddTag(in Tag tag, IndexEntry entry)
    {
        if (tag.Kind <= TagKind.Value)
            AddTo(_keys, tag, entry);
        if (AddTo(_tags, tag, entry) && tag.Kind == TagKind.Value)
            _keys[tag].DistinctValues++;
        if (ModelIn(tag))
            AddTo(_models, tag.Value!, entry);
        else if (ToolIn(tag))
            AddTo(_tools, tag.Value!, entry);
        else if (ChainTags.HashIn(tag) is { IsEmpty: false } chain)
            AddTo(_chains, chain.ToString(), entry);
    }

    // All but the list of the key. Another tag that stays may say the same: a=1 and a:1, one model twice, two ranges of a chain.
    private void RemoveTag(in Tag tag, NodeId node, CapabilitySet staying)
    {
        if (!staying.HasTag(tag) && RemoveFrom(_tags, tag, node) && tag.Kind == TagKind.Value && _keys.TryGetValue(tag, out Posting? ofKey))
            ofKey.DistinctValues--;
        if (ModelIn(tag))
        {
            if (!staying.HasModel(tag.Value!))
                RemoveFrom(_models, tag.Value!, node);
        }
        else if (ToolIn(tag))
        {
            if (!staying.HasTool(tag.Value!))
                RemoveFrom(_tools, tag.Value!, node);
        }
        else if (ChainTags.HashIn(tag) is { IsEmpty: false } chain && !ChainTags.Holds(staying, chain))
        {
            RemoveFrom(_chains, chain.ToString(), node);
        }
    }

    // Tags of one key are neighbours, but for the rare key that another one starts with.
    private static bool HasKeyOf(in Tag tag, CapabilitySet set)
    {
        int keyEnd = tag.Kind == TagKind.Value ? tag.Text.Length - tag.ValueSpan.Length - 1 : tag.Text.Length;
        foreach (ref readonly Tag other in set.TagsStartingWith(tag.Text.AsSpan(0, keyEnd)))
        {
            if (other.KeySpan.Length == tag.KeySpan.Length)
                return true;
        }
        return false;
    }

    private static Posting? Shorter(Posting? left, Posting? right) =>
        left is null || right is null ? null : right.Count < left.Count ? right : left;

    private static bool HasGpu(CapabilitySet set) => set.HasGpu || set.Views.Hardware.HasGpu;

    private static bool ModelIn(in Tag tag) => tag.Text.StartsWith(ModelCapability.Prefix, StringComparison.Ordinal)
        && CapabilitySet.IsBundleId(tag, ModelCapability.Prefix, ".id");

    private static bool ToolIn(in Tag tag) => tag.Text.StartsWith(ToolCapability.Prefix, StringComparison.Ordinal)
        && CapabilitySet.IsBundleId(tag, ToolCapability.Prefix, ".tool_id");

    // True when the list is new.
    private static bool AddTo<TKey>(Dictionary<TKey, Posting> lists, TKey key, IndexEntry entry)
        where TKey : notnull
    {
        ref Posting? posting = ref CollectionsMarshal.GetValueRefOrAddDefault(lists, key, out bool isThere);
        posting ??= new();
        posting.Add(entry);
        return !isThere;
    }

    // True when the list was dropped.
    private static bool RemoveFrom<TKey>(Dictionary<TKey, Posting> lists, TKey key, NodeId node)
        where TKey : notnull
    {
        if (!lists.TryGetValue(key, out Posting? posting))
            return false;
        posting.Remove(node);
        return posting.Count == 0 && lists.Remove(key);
    }
}
