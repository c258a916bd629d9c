namespace Net.Mesh.Capabilities;

/// <summary>What <see cref="StandardPlacement"/> weighs (spec 04 §16.2). As it is made, only resources count.</summary>
public sealed class StandardPlacementOptions
{
    /// <summary>Scopes of which a node must have one, with or without <c>scope:</c>. Default: none, which asks for nothing.</summary>
    public IReadOnlyList<string> ScopeLabels { get; init; } = [];

    /// <summary>The longest round trip that will do. Default: none, which asks for nothing.</summary>
    public TimeSpan? MaxRtt { get; init; }

    /// <summary>Knows round trips; a node without one will do. Default: none.</summary>
    public Func<NodeId, TimeSpan?>? Rtt { get; init; }

    /// <summary>How the artifact's intent counts. Default: it does not.</summary>
    public IntentMode Intent { get; init; }

    /// <summary>What each intent takes. Default: the intents of the reference.</summary>
    public IntentRegistry Intents { get; init; } = IntentRegistry.CreateDefault();

    /// <summary>How the artifact's wish to be near a chain counts. Default: it does not.</summary>
    public ColocationMode Colocation { get; init; }

    /// <summary>Which resources count. Default: compute.</summary>
    public ResourceMode Resource { get; init; }

    /// <summary>Knows which share of the leaderships a node has, from 0 to 1. Default: none.</summary>
    public Func<NodeId, double?>? LeadershipShare { get; init; }

    /// <summary>The share above which a node is passed over for others. Default: 0.30.</summary>
    public double LeadershipShareLimit { get; init; } = 0.30;

    /// <summary>The score of a node above it. Default: 0.4.</summary>
    public double LeadershipPenalty { get; init; } = 0.4;

    /// <summary>A filter of <see cref="Filters"/> that is asked first. One that is not there lets no node through. Default: none.</summary>
    public string? CustomFilterId { get; init; }

    /// <summary>Where the filter is looked up. Default: the registry of the process.</summary>
    public PlacementFilterRegistry Filters { get; init; } = PlacementFilterRegistry.Global;

    /// <summary>The name of the metadata with the intent. Default: <c>intent</c>.</summary>
    public string IntentKey { get; init; } = "intent";

    /// <summary>The name of the metadata with the chain to be near to. Default: <c>colocate-with</c>.</summary>
    public string ColocateKey { get; init; } = "colocate-with";

    /// <summary>The name of the metadata with the chain that must be there. Default: <c>colocate-with-strict</c>.</summary>
    public string ColocateStrictKey { get; init; } = "colocate-with-strict";
}
