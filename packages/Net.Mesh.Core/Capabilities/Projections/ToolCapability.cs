using System.Globalization;

namespace Net.Mesh.Capabilities;

/// <summary>A tool that a node offers: the tags <c>software.tool.&lt;i&gt;.*</c>, and its schemas in the metadata (spec 04 §4.5).</summary>
/// <param name="ToolId">Its name for callers, such as <c>web_search</c>.</param>
public sealed record ToolCapability(string ToolId)
{
    internal const string Prefix = "software.tool.";
    private const string DefaultVersion = "1.0.0";

    /// <summary>Its name for people; empty when not said.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its version.</summary>
    public string Version { get; init; } = DefaultVersion;

    /// <summary>What it needs; a comma would separate two.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>How long a call takes, in milliseconds.</summary>
    public uint EstimatedTimeMs { get; init; }

    /// <summary>Whether calls leave nothing behind.</summary>
    public bool IsStateless { get; init; } = true;

    /// <summary>The JSON schema of its input.</summary>
    public string? InputSchema { get; init; }

    /// <summary>The JSON schema of its output.</summary>
    public string? OutputSchema { get; init; }

    internal void Emit(List<Tag> tags, int index)
    {
        var emit = new TagEmitter(tags, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{index}."));
        emit.Text("tool_id", ToolId);
        emit.Text("name", Name);
        emit.Text("version", Version);
        emit.Text("requires", string.Join(',', Requires));
        emit.Number("estimated_time_ms", EstimatedTimeMs);
        emit.Always("stateless", IsStateless ? "true" : "false");
    }

    internal static IReadOnlyList<ToolCapability> ListFrom(CapabilitySet set)
    {
        var tools = new SortedDictionary<uint, ToolCapability>();
        foreach (ref readonly Tag tag in TagReading.InReadingOrder(set, Prefix))
        {
            if (tag.Kind != TagKind.Value || !TagReading.TryIndexed(tag.KeySpan["tool.".Length..], out uint index, out ReadOnlySpan<char> field))
                continue;
            tools[index] = tools.GetValueOrDefault(index, new("")).With(field, tag);
        }
        return [.. tools.Values.Select(tool => tool with
        {
            InputSchema = set.Metadata.GetValueOrDefault(ToolMetadata.InputSchema(tool.ToolId)),
            OutputSchema = set.Metadata.GetValueOrDefault(ToolMetadata.OutputSchema(tool.ToolId)),
        })];
    }

    private ToolCapability With(ReadOnlySpan<char> field, in Tag tag) => field switch
    {
        "tool_id" => this with { ToolId = TagReading.Text(tag) },
        "name" => this with { Name = TagReading.Text(tag) },
        "version" => this with { Version = TagReading.Text(tag) },
        "requires" => this with { Requires = TagReading.Text(tag).Split(',', StringSplitOptions.RemoveEmptyEntries) },
        "estimated_time_ms" => this with { EstimatedTimeMs = TagReading.UInt32(tag) },
        "stateless" => this with { IsStateless = tag.ValueSpan is "true" },
        _ => this,
    };
}

/// <summary>The metadata names that describe tools (spec 04 §4.5).</summary>
public static class ToolMetadata
{
    private const string Prefix = "tool::";

    /// <summary>The JSON schema of the input.</summary>
    public static string InputSchema(string toolId) => $"{Prefix}{toolId}::input_schema";

    /// <summary>The JSON schema of the output.</summary>
    public static string OutputSchema(string toolId) => $"{Prefix}{toolId}::output_schema";

    /// <summary>What it does, for people; written when a served tool is announced.</summary>
    public static string Description(string toolId) => $"{Prefix}{toolId}::description";

    /// <summary><c>1</c> when the tool streams; written when a served tool is announced.</summary>
    public static string Streaming(string toolId) => $"{Prefix}{toolId}::streaming";

    /// <summary>Comma-separated words; written when a served tool is announced.</summary>
    public static string Tags(string toolId) => $"{Prefix}{toolId}::tags";

    // An id may hold :: itself, so the listed ids decide where one ends.
    internal static bool IsOfOtherThan(IReadOnlyList<ToolCapability> tools, string key)
    {
        if (!key.StartsWith(Prefix, StringComparison.Ordinal) || key.IndexOf("::", Prefix.Length, StringComparison.Ordinal) < 0)
            return false;
        foreach (ToolCapability tool in tools)
        {
            ReadOnlySpan<char> rest = key.AsSpan(Prefix.Length);
            if (rest.StartsWith(tool.ToolId, StringComparison.Ordinal) && rest[tool.ToolId.Length..].StartsWith("::"))
                return false;
        }
        return true;
    }
}
