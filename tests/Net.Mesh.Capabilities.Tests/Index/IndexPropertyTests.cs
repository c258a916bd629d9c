using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Capabilities.Tests.Announcements;
using Xunit;

namespace Net.Mesh.Capabilities.Tests.Index;

public sealed class IndexPropertyTests
{
    private static readonly NodeId Self = new(1000);

    private static readonly string[] Words =
    [
        "a", "b", "hardware.gpu", "hardware.gpu=1", "hardware.gpu.vram_gb=24", "hardware.gpu.vram_gb=80", "hardware.memory_gb=64", "hardware.memory_gb:64", "hardware.memory_gb=256",
        "software.model.0.id=llama", "software.model.1.id=llama", "software.model.0.id:llama", "software.model.0.tokens_per_sec=90", "software.model.0.loaded=true",
        "software.tool.0.tool_id=search", "software.tool.1.tool_id=search", "software.runtime.python=3.11", "software.runtime.python=3.9.1",
        "causal:00000000000000aa", "causal:00000000000000aa:7", "causal:00000000000000aa[1..9]", "scope:tenant:t",
    ];

    private static readonly Predicate[] Predicates =
    [
        Predicate.Exists("hardware.gpu"), Predicate.Exists("software.model.0.id"), Predicate.Exists("devices.none"),
        Predicate.ValueEquals("hardware.memory_gb", "64"), Predicate.ValueEquals("hardware.gpu", "1"), Predicate.AtLeast("hardware.memory_gb", 100),
        Predicate.StartsWith("software.model.0.id", "ll"), Predicate.SemverAtLeast("software.runtime.python", "3.10"), Predicate.MetadataEquals("team", "x"),
        Predicate.And(Predicate.Exists("hardware.gpu"), Predicate.AtLeast("hardware.memory_gb", 64)), Predicate.And(),
        Predicate.And(Predicate.MetadataExists("team"), Predicate.ValueEquals("software.model.0.id", "llama")),
        Predicate.Or(Predicate.ValueEquals("software.model.0.id", "llama"), Predicate.ValueEquals("software.model.1.id", "llama")), Predicate.Or(),
        Predicate.Or(Predicate.Exists("devices.none"), Predicate.ValueEquals("hardware.memory_gb", "256")),
        Predicate.Or(Predicate.Exists("hardware.gpu"), Predicate.MetadataExists("team")),
        Predicate.Not(Predicate.Exists("hardware.gpu")), Predicate.And(Predicate.Not(Predicate.Exists("hardware.gpu")), Predicate.Exists("hardware.memory_gb")),
        Predicate.ValueEquals("hardware.memory=x", "y"), Predicate.ValueEquals("hardware.memory_gb", "6=4"),
    ];

    private static readonly CapabilityFilter[] Filters =
    [
        CapabilityFilter.Any, CapabilityFilter.Any.RequireTag("hardware.memory_gb=64"), CapabilityFilter.Any.RequireGpu(), CapabilityFilter.Any.RequireModel("llama"),
        CapabilityFilter.Any.RequireTool("search"), CapabilityFilter.Any.MinVramGb(50), CapabilityFilter.Any.RequireTag("a").RequireGpu(), CapabilityFilter.Any.RequireTag(""),
    ];

    private readonly FakeTimeProvider _clock = Samples.Clock();

    [Fact]
    public void Whatever_came_changed_and_went_every_query_answers_as_a_walk_would()
    {
        Gen<(int Node, int Action, int[] Words, int Team)> genStep = Gen.Select(Gen.Int[1, 40], Gen.Int[0, 9], Gen.Int[0, Words.Length - 1].Array[0, 7], Gen.Int[0, 2]);
        genStep.Array[1, 400].Sample(steps =>
        {
            var index = new CapabilityIndex(Self, new(), _clock);
            var model = new SortedDictionary<ulong, CapabilitySet>();
            ulong version = 1;
            foreach ((int node, int action, int[] chosen, int team) in steps)
            {
                if (action == 0)
                {
                    Assert.Equal(model.Remove((ulong)node), index.Evict(new((ulong)node)));
                    continue;
                }
                CapabilitySet set = CapabilitySet.FromTags(chosen.Select(static i => Words[i]));
                if (team > 0)
                    set = set.WithMetadata("team", team == 1 ? "x" : "y");
                index.Apply(Of((ulong)node, version++, set));
                model[(ulong)node] = set;
                index.FindBestNode(new(CapabilityFilter.Any) { MemoryWeight = 1 }); // what it remembers may not outlive the set
            }
            Check(index, model);
        }, iter: 120);
    }

    private static void Check(CapabilityIndex index, SortedDictionary<ulong, CapabilitySet> model)
    {
        foreach (Predicate predicate in Predicates)
            Assert.Equal(Walk(predicate.Evaluate), index.FindNodes(predicate));
        foreach (CapabilityFilter filter in Filters)
        {
            Assert.Equal(Walk(filter.Matches), index.FindNodes(filter));
            var requirement = new CapabilityRequirement(filter) { MemoryWeight = 0.5f, VramWeight = 1, SpeedWeight = 0.3f, LoadedWeight = 0.2f };
            NodeId? best = null;
            foreach ((ulong node, CapabilitySet set) in model)
            {
                if (requirement.Score(set) > (best is { } other ? requirement.Score(model[other.Value]) : 0))
                    best = new(node);
            }
            Assert.Equal(best, index.FindBestNode(requirement));
        }
        Assert.Equal(Filters.Select(filter => (IReadOnlyList<NodeId>)Walk(filter.Matches)), index.FindNodesOfEach(Filters));
        foreach (string word in Words)
        {
            Tag tag = Tag.Parse(word);
            Assert.Equal(Walk(set => set.HasTag(tag)), index.FindByTag(tag));
            if (tag.AxisKey is not { } key)
                continue;
            Assert.Equal(Walk(set => set.Tags.Any(other => other.Is(key))), index.FindByKey(key));
            Assert.Equal(model.Values.SelectMany(static set => set.Tags).Where(other => other.Is(key) && other.Kind == TagKind.Value).Select(static other => other.Value).Distinct().Count(), index.DistinctValues(key));
        }
        Assert.Equal(Walk(set => set.HoldsChain(new(0xAA))), index.FindChainHolders(new(0xAA), static _ => null));

        List<NodeId> Walk(Func<CapabilitySet, bool> isWanted) => [.. model.Where(entry => isWanted(entry.Value)).Select(static entry => new NodeId(entry.Key))];
    }

    [Fact]
    public void An_update_touches_the_lists_of_what_came_or_went_and_no_others()
    {
        var lists = new PostingLists();
        var entry = new IndexEntry(new(1), Of(1, 1, CapabilitySet.FromTags("stays", "hardware.memory_gb=64", "goes")));
        lists.Add(entry);
        Posting stays = ListOf("stays");
        Posting memory = ListOf("hardware.memory_gb=64");
        lists.Update(entry, CapabilitySet.FromTags("stays", "hardware.memory_gb:64", "comes"));
        // A list that its last node leaves is dropped: one that was left and joined again would be another.
        Assert.Same(stays, ListOf("stays"));
        Assert.Same(memory, ListOf("hardware.memory_gb=64"));
        Assert.Equal(1, ListOf("comes").Count);
        Assert.False(lists.TryTag(Tag.Parse("goes"), out _));

        Posting ListOf(string tag) => lists.TryTag(Tag.Parse(tag), out Posting? list) ? list : throw new InvalidOperationException($"{tag} has no list.");
    }

    [Fact]
    public void A_predicate_looks_at_the_nodes_that_can_match_and_at_no_others()
    {
        var lists = new PostingLists();
        for (ulong node = 1; node <= 1000; node++)
            lists.Add(new(new(node), Of(node, 1, CapabilitySet.FromTags(node == 7 ? "hardware.rare=1" : "hardware.common=1", "hardware.all"))));
        Assert.Equal(1, Candidates(Predicate.And(Predicate.Exists("hardware.all"), Predicate.ValueEquals("hardware.rare", "1"))));
        Assert.Equal(2, Candidates(Predicate.Or(Predicate.Exists("hardware.rare"), Predicate.And(Predicate.AtLeast("hardware.rare", 1), Predicate.Exists("hardware.all")))));
        Assert.Equal(0, Candidates(Predicate.And(Predicate.Exists("hardware.all"), Predicate.Exists("hardware.nobody"))));
        Assert.Equal(1000, Candidates(Predicate.Not(Predicate.Exists("hardware.all"))));

        int Candidates(Predicate predicate) => PredicateCandidates.Of(lists, predicate).Count;
    }

    [Fact]
    public void A_predicate_that_nests_very_deep_is_answered_all_the_same()
    {
        var index = new CapabilityIndex(Self, new(), _clock);
        index.Apply(Of(1, 1, CapabilitySet.FromTags("hardware.gpu")));
        index.Apply(Of(2, 1, CapabilitySet.FromTags("hardware.memory_gb=1")));
        Predicate deep = Predicate.Exists("hardware.gpu");
        for (int i = 0; i < 20_000; i++)
            deep = i % 2 == 0 ? Predicate.And(deep) : Predicate.Or(deep);
        Assert.Equal([new NodeId(1)], index.FindNodes(deep));
    }

    [Fact]
    public void What_came_is_kept_as_long_as_there_is_room_and_as_its_node_is_known()
    {
        CapabilityAnnouncement first = Samples.Read(Samples.Signed().ToBytes());
        CapabilityAnnouncement second = Samples.Read(Samples.Signed(of: Samples.Other).ToBytes());
        int size = first.Capabilities.ToJsonUtf8().Length;
        var index = new CapabilityIndex(Self, new() { MaxKeptBytes = size + (size / 2) }, _clock);
        index.Apply(first.ToLocalCopy(), first);
        index.Apply(second.ToLocalCopy(), second);
        Assert.Equal(2, index.Count);
        Assert.Equal([first.NodeId], index.Originals().Select(static original => original.Announcement.NodeId));
        Assert.False(index.TryGetOriginal(second.NodeId, out _));
        index.Evict(first.NodeId);
        Assert.Empty(index.Originals());
        CapabilityAnnouncement newer = Samples.Read(Samples.Signed(version: 8, of: Samples.Other).ToBytes());
        index.Apply(newer.ToLocalCopy(), newer);
        Assert.Equal(newer, index.Originals().Single().Announcement);
        _clock.Advance(TimeSpan.FromSeconds(300));
        Assert.Empty(index.Originals()); // though it was not swept yet
    }

    private static CapabilityAnnouncement Of(ulong node, ulong version, CapabilitySet set) => new()
    {
        NodeId = new(node),
        EntityId = Samples.Signer.EntityId,
        Version = version,
        TimestampNs = 1,
        Capabilities = set,
    };
}
