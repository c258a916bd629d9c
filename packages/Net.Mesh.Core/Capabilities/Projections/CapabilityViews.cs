namespace Net.Mesh.Capabilities;

/// <summary>
/// The typed projections of a set (spec 04 §4). Each is read from the tags once, when it is first asked for; every reader gets
/// the same instance. Any number of threads may ask.
/// </summary>
public sealed class CapabilityViews
{
    private readonly CapabilitySet _set;
    private HardwareCapabilities? _hardware;
    private SoftwareCapabilities? _software;
    private ResourceLimits? _limits;
    private IReadOnlyList<ModelCapability>? _models;
    private IReadOnlyList<ToolCapability>? _tools;

    internal CapabilityViews(CapabilitySet set) => _set = set;

    /// <summary>The machine.</summary>
    public HardwareCapabilities Hardware => _hardware ?? Keep(ref _hardware, HardwareCapabilities.FromTags(_set));

    /// <summary>The software stack.</summary>
    public SoftwareCapabilities Software => _software ?? Keep(ref _software, SoftwareCapabilities.FromTags(_set));

    /// <summary>What the node takes on at most.</summary>
    public ResourceLimits ResourceLimits => _limits ?? Keep(ref _limits, ResourceLimits.FromTags(_set));

    /// <summary>The models, by their index.</summary>
    public IReadOnlyList<ModelCapability> Models => _models ?? Keep(ref _models, ModelCapability.ListFrom(_set));

    /// <summary>The tools, by their index.</summary>
    public IReadOnlyList<ToolCapability> Tools => _tools ?? Keep(ref _tools, ToolCapability.ListFrom(_set));

    private static T Keep<T>(ref T? field, T read)
        where T : class => Interlocked.CompareExchange(ref field, read, null) ?? read;
}
