using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Net.Mesh.Wire;

/// <summary>The subprotocols that a node knows. Every member may be called from any thread.</summary>
public sealed class SubprotocolRegistry
{
    private static readonly SubprotocolVersion One = new(1, 0);

    private readonly ConcurrentDictionary<ushort, SubprotocolDescriptor> _descriptors = new();

    /// <summary>How many are known.</summary>
    public int Count => _descriptors.Count;

    /// <summary>All that are known, ascending by id.</summary>
    public IReadOnlyList<SubprotocolDescriptor> Descriptors => [.. _descriptors.Values.OrderBy(descriptor => descriptor.Id)];

    /// <summary>The capability tags of those that this node handles, ascending by id.</summary>
    public IReadOnlyList<string> CapabilityTags => [.. Handled().Select(descriptor => descriptor.CapabilityTag)];

    /// <summary>What the reference starts out with.</summary>
    public static SubprotocolRegistry CreateDefault()
    {
        var registry = new SubprotocolRegistry();
        registry.Register(new(SubprotocolId.CausalEvents, "causal", One));
        registry.Register(new(SubprotocolId.Snapshots, "snapshot", One));
        registry.Register(new(SubprotocolId.DaemonMigration, "migration", One));
        registry.Register(new(SubprotocolId.SubprotocolManifest, "negotiation", One));
        registry.Register(new(SubprotocolId.StreamWindow, "stream-window", One));
        return registry;
    }

    /// <summary>Adds a subprotocol, in place of an earlier one with this id.</summary>
    /// <returns>What was known by this id before.</returns>
    public SubprotocolDescriptor? Register(SubprotocolDescriptor descriptor)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        SubprotocolDescriptor? previous = null;
        _descriptors.AddOrUpdate(descriptor.Id, descriptor, (_, known) =>
        {
            previous = known;
            return descriptor;
        });
        return previous;
    }

    /// <summary>Forgets a subprotocol; false when it was not known.</summary>
    public bool Unregister(ushort id) => _descriptors.TryRemove(id, out _);

    /// <summary>The subprotocol with an id.</summary>
    public bool TryGet(ushort id, [NotNullWhen(true)] out SubprotocolDescriptor? descriptor) => _descriptors.TryGetValue(id, out descriptor);

    /// <summary>Whether this node handles the id.</summary>
    public bool IsHandled(ushort id) => TryGet(id, out SubprotocolDescriptor? descriptor) && descriptor.IsHandled;

    /// <summary>What this node can speak: those that it handles.</summary>
    public SubprotocolManifest CreateManifest() =>
        new(Handled().Select(descriptor => new SubprotocolManifestEntry(descriptor.Id, descriptor.Version, descriptor.MinCompatible)));

    private IEnumerable<SubprotocolDescriptor> Handled() => Descriptors.Where(descriptor => descriptor.IsHandled);
}
