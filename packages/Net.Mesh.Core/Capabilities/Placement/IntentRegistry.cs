using System.Collections.Immutable;

namespace Net.Mesh.Capabilities;

/// <summary>What a node must have for each intent that an artifact may name in its metadata (spec 04 §16.2). Safe to use from any thread.</summary>
public sealed class IntentRegistry
{
    private ImmutableSortedDictionary<string, IReadOnlyList<RequiredCapability>> _intents =
        ImmutableSortedDictionary.Create<string, IReadOnlyList<RequiredCapability>>(Utf8Order.Instance);

    /// <summary>The intents by name, as they are now.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<RequiredCapability>> Intents => Volatile.Read(ref _intents);

    /// <summary>How many intents there are.</summary>
    public int Count => Volatile.Read(ref _intents).Count;

    /// <summary>
    /// A registry with the intents of the reference: <c>ml-training</c>, <c>inference</c>, <c>cpu-bound</c> and <c>sensor-telemetry</c>.
    /// </summary>
    public static IntentRegistry CreateDefault()
    {
        var registry = new IntentRegistry();
        RequiredCapability gpu = RequiredCapability.Tag(Tag.Parse("hardware.gpu"));
        registry.Register("ml-training", gpu, RequiredCapability.Predicate(Predicate.AtLeast("hardware.gpu.vram_gb", 24)));
        registry.Register("inference", gpu, RequiredCapability.AnyModel);
        registry.Register("cpu-bound", RequiredCapability.Predicate(Predicate.AtLeast("hardware.cpu_cores", 4)));
        registry.Register("sensor-telemetry", RequiredCapability.AxisAny(TaxonomyAxis.Devices));
        return registry;
    }

    /// <summary>Sets what an intent takes, and returns what it took before.</summary>
    public IReadOnlyList<RequiredCapability>? Register(string intent, params IEnumerable<RequiredCapability> required)
    {
        ArgumentNullException.ThrowIfNull(intent);
        ArgumentNullException.ThrowIfNull(required);
        RequiredCapability[] list = [.. required];
        while (true)
        {
            ImmutableSortedDictionary<string, IReadOnlyList<RequiredCapability>> seen = Volatile.Read(ref _intents);
            if (Interlocked.CompareExchange(ref _intents, seen.SetItem(intent, list), seen) == seen)
                return seen.GetValueOrDefault(intent);
        }
    }

    /// <summary>Whether a node has what an intent takes; none when the intent is not known.</summary>
    public bool? IsSatisfied(string intent, CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(intent);
        ArgumentNullException.ThrowIfNull(capabilities);
        return Volatile.Read(ref _intents).TryGetValue(intent, out IReadOnlyList<RequiredCapability>? required) ? HasAll(required, capabilities) : null;
    }

    /// <summary>Whether a node has what any of the intents takes.</summary>
    public bool IsAnySatisfied(CapabilitySet capabilities)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        foreach ((_, IReadOnlyList<RequiredCapability> required) in Volatile.Read(ref _intents))
        {
            if (HasAll(required, capabilities))
                return true;
        }
        return false;
    }

    private static bool HasAll(IReadOnlyList<RequiredCapability> required, CapabilitySet capabilities)
    {
        foreach (RequiredCapability one in required)
        {
            if (!one.IsSatisfiedBy(capabilities))
                return false;
        }
        return true;
    }
}
