using System.Buffers;

namespace Net.Mesh.Capabilities;

/// <summary>A piece of software and its version.</summary>
/// <param name="Name">Its name; one that is empty or has <c>=</c>, <c>:</c> or <c>.</c> cannot be a key and is left out of the tags.</param>
/// <param name="Version">Its version, as free text.</param>
public readonly record struct SoftwareVersion(string Name, string Version);

/// <summary>The software stack, as its <c>software.*</c> tags say (spec 04 §4.3). Lists come back in the order of their tags.</summary>
public sealed record SoftwareCapabilities
{
    private const string Prefix = "software.";
    private static readonly SearchValues<char> NotInNames = SearchValues.Create("=:.");

    /// <summary>The operating system.</summary>
    public string Os { get; init; } = "";

    /// <summary>Its version.</summary>
    public string OsVersion { get; init; } = "";

    /// <summary>Language runtimes.</summary>
    public IReadOnlyList<SoftwareVersion> Runtimes { get; init; } = [];

    /// <summary>Frameworks.</summary>
    public IReadOnlyList<SoftwareVersion> Frameworks { get; init; } = [];

    /// <summary>The version of CUDA; null when there is none.</summary>
    public string? CudaVersion { get; init; }

    /// <summary>Drivers.</summary>
    public IReadOnlyList<SoftwareVersion> Drivers { get; init; } = [];

    /// <summary>The tags that say this.</summary>
    public IReadOnlyList<Tag> ToTags()
    {
        var tags = new List<Tag>();
        var emit = new TagEmitter(tags, Prefix);
        emit.Text("os", Os);
        emit.Text("os_version", OsVersion);
        Emit(emit, "runtime.", Runtimes);
        Emit(emit, "framework.", Frameworks);
        if (CudaVersion is not null)
            emit.Always("cuda_version", CudaVersion);
        Emit(emit, "driver.", Drivers);
        return tags;
    }

    /// <summary>Reads the software of a set.</summary>
    public static SoftwareCapabilities FromTags(CapabilitySet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var software = new SoftwareCapabilities();
        List<SoftwareVersion> runtimes = [], frameworks = [], drivers = [];
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, Prefix))
        {
            if (tag.Kind != TagKind.Value)
                continue;
            ReadOnlySpan<char> key = tag.KeySpan;
            if (key.StartsWith("runtime."))
                Put(runtimes, key[8..], tag);
            else if (key.StartsWith("framework."))
                Put(frameworks, key[10..], tag);
            else if (key.StartsWith("driver."))
                Put(drivers, key[7..], tag);
            else
                software = software.With(key, tag);
        }
        return software with { Runtimes = runtimes, Frameworks = frameworks, Drivers = drivers };
    }

    private SoftwareCapabilities With(ReadOnlySpan<char> key, in Tag tag) => key switch
    {
        "os" => this with { Os = TagReading.Text(tag) },
        "os_version" => this with { OsVersion = TagReading.Text(tag) },
        "cuda_version" => this with { CudaVersion = TagReading.Text(tag) },
        _ => this,
    };

    private static void Emit(TagEmitter emit, string group, IReadOnlyList<SoftwareVersion> list)
    {
        foreach ((string name, string version) in list)
        {
            if (name.Length > 0 && !name.AsSpan().ContainsAny(NotInNames))
                emit.Always(group + name, version);
        }
    }

    // Tags of one name are neighbours in reading order; the last one counts.
    private static void Put(List<SoftwareVersion> list, ReadOnlySpan<char> name, in Tag tag)
    {
        if (list.Count > 0 && name.SequenceEqual(list[^1].Name))
            list.RemoveAt(list.Count - 1);
        list.Add(new(name.ToString(), TagReading.Text(tag)));
    }
}
