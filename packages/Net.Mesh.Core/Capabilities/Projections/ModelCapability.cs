using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>A model that a node can serve: the tags <c>software.model.&lt;i&gt;.*</c> (spec 04 §4.4).</summary>
/// <param name="Id">Its name, such as <c>llama-3.1-70b</c>.</param>
public sealed record ModelCapability(string Id)
{
    internal const string Prefix = "software.model.";

    /// <summary>Its family; empty when not said.</summary>
    public string Family { get; init; } = "";

    /// <summary>Parameters in billions times ten.</summary>
    public uint ParametersBX10 { get; init; }

    /// <summary>Tokens it can look back on.</summary>
    public uint ContextLength { get; init; }

    /// <summary>How its weights are stored, such as <c>fp16</c>.</summary>
    public string? Quantization { get; init; }

    /// <summary>What it reads or writes; text unless said otherwise.</summary>
    public IReadOnlyList<Modality> Modalities { get; init; } = [Modality.Text];

    /// <summary>Tokens per second.</summary>
    public uint TokensPerSecond { get; init; }

    /// <summary>Whether it is in memory now.</summary>
    public bool IsLoaded { get; init; }

    /// <summary>A copy with the parameters in billions, kept to one decimal, cut off.</summary>
    public ModelCapability WithParametersB(float billions) => this with { ParametersBX10 = GpuInfo.Tenths(billions) };

    internal void Emit(List<Tag> tags, int index)
    {
        var emit = new TagEmitter(tags, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index}."));
        emit.Text("id", Id);
        emit.Text("family", Family);
        emit.Number("parameters_b_x10", ParametersBX10);
        emit.Number("context_length", ContextLength);
        if (Quantization is not null)
            emit.Always("quantization", Quantization);
        emit.Text("modalities", string.Join(',', Modalities.Select(ProjectionNames.Name)));
        emit.Number("tokens_per_sec", TokensPerSecond);
        if (IsLoaded)
            emit.Always("loaded", "true");
    }

    internal static IReadOnlyList<ModelCapability> ListFrom(CapabilitySet set)
    {
        var models = new SortedDictionary<uint, ModelCapability>();
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, Prefix))
        {
            if (tag.Kind != TagKind.Value || !TagReading.TryIndexed(tag.KeySpan["model.".Length..], out uint index, out ReadOnlySpan<char> field))
                continue;
            models[index] = models.GetValueOrDefault(index, new("") { Modalities = [] }).With(field, tag);
        }
        return [.. models.Values];
    }

    private ModelCapability With(ReadOnlySpan<char> field, in Tag tag) => field switch
    {
        "id" => this with { Id = TagReading.Text(tag) },
        "family" => this with { Family = TagReading.Text(tag) },
        "parameters_b_x10" => this with { ParametersBX10 = TagReading.UInt32(tag) },
        "context_length" => this with { ContextLength = TagReading.UInt32(tag) },
        "quantization" => this with { Quantization = TagReading.Text(tag) },
        "modalities" => this with { Modalities = ModalitiesOf(tag.ValueSpan) },
        "tokens_per_sec" => this with { TokensPerSecond = TagReading.UInt32(tag) },
        "loaded" => this with { IsLoaded = tag.ValueSpan is "true" },
        _ => this,
    };

    private static List<Modality> ModalitiesOf(ReadOnlySpan<char> csv)
    {
        var modalities = new List<Modality>();
        foreach (Range part in csv.Split(','))
        {
            if (!csv[part].IsEmpty)
                modalities.Add(ProjectionNames.ToModality(csv[part]));
        }
        return modalities;
    }
}
