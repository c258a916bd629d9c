using System.Globalization;
using Microsoft.Extensions.Logging;
using Net.Mesh.Capabilities;
using Net.Mesh.Cortex.Replication;

namespace Net.Mesh.Cortex.Replicas;

/// <summary>
/// What a node announces of its replicated logs: a <c>causal:</c> tag for each that it holds, under the channel's own origin (spec 06
/// T20), and <c>redex:</c> tags for those that it offers to hold. Thread-safe.
/// </summary>
internal sealed class ChainTagBoard(MeshCapabilities capabilities, ILogger log) : IChainTagSink
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<ulong, ulong> _held = [];
    private readonly SortedSet<ulong> _offered = [];

    /// <summary>The tag of nodes that offer to hold a channel.</summary>
    public static Tag OfferOf(OriginHash origin) => Tag.Parse(string.Create(CultureInfo.InvariantCulture, $"redex:{origin.Value:x16}"));

    public bool TryAnnounce(OriginHash origin, ulong tail)
    {
        lock (_gate)
        {
            bool wasHeld = _held.TryGetValue(origin.Value, out ulong before);
            _held[origin.Value] = tail;
            if ((wasHeld && before == tail) || TryContribute())
                return true;
            if (wasHeld)
                _held[origin.Value] = before;
            else
                _held.Remove(origin.Value);
            return false;
        }
    }

    public bool TryWithdraw(OriginHash origin)
    {
        lock (_gate)
        {
            // What could not be announced needs no taking back.
            if (!_held.Remove(origin.Value, out ulong before) || TryContribute())
                return true;
            _held[origin.Value] = before;
            return false;
        }
    }

    public void Offer(OriginHash origin)
    {
        lock (_gate)
        {
            if (_offered.Add(origin.Value) && !TryContribute())
                _offered.Remove(origin.Value);
        }
    }

    public void TakeBackOffer(OriginHash origin)
    {
        lock (_gate)
        {
            if (_offered.Remove(origin.Value))
                TryContribute();
        }
    }

    private bool TryContribute()
    {
        Tag[] tags =
        [
            .. _held.Select(static held => ChainTags.Tip(ChainTags.HashOf(new(held.Key)), held.Value)),
            .. _offered.Select(static origin => OfferOf(new(origin))),
        ];
        try
        {
            capabilities.Contribute("redex", tags.Length == 0 ? null : set => set.WithTags(tags));
            return true;
        }
        catch (CapabilityException failure)
        {
            ReplicationLog.TagsRefused(log, failure.Message);
            return false;
        }
    }
}
