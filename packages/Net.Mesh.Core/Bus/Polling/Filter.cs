using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>
/// A condition on an event's JSON: equality at a path, combined with and, or, not (spec 05 §15). Immutable.
/// </summary>
/// <remarks>
/// A path is split at dots; a step into an array is an index; the empty path is the whole event. A missing member is not
/// <c>null</c>. Integers and floats are never equal: <c>1</c> is not <c>1.0</c>. An empty <c>And</c> or <c>Or</c> is false.
/// An event that is not JSON matches no filter, not even a negated one.
/// </remarks>
public abstract class Filter
{
    /// <summary>Deepest JSON, in filters and in filtered events, in nested containers.</summary>
    public const int MaxDepth = 127;

    internal static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = MaxDepth };
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private protected Filter()
    {
    }

    /// <summary>The member at a path equals a text; null means JSON null.</summary>
    /// <param name="path">For example <c>user.role</c> or <c>items.0.name</c>.</param>
    /// <param name="value">The text.</param>
    public static Filter Eq(string path, string? value) => EqJson(path, value is null ? "null" : $"\"{JsonEncodedText.Encode(value)}\"");

    /// <summary>The member at a path equals an integer.</summary>
    /// <param name="path">For example <c>items.0.count</c>.</param>
    /// <param name="value">The integer; a float of the same value does not match.</param>
    public static Filter Eq(string path, long value) => EqJson(path, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>The member at a path equals a float.</summary>
    /// <param name="path">For example <c>load.average</c>.</param>
    /// <param name="value">The float, finite; an integer of the same value does not match.</param>
    public static Filter Eq(string path, double value)
    {
        if (!double.IsFinite(value))
            throw new ArgumentOutOfRangeException(nameof(value), value, "JSON has no such number; use a finite one.");
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return EqJson(path, text.AsSpan().IndexOfAny('.', 'E') < 0 ? text + ".0" : text);
    }

    /// <summary>The member at a path equals a truth value.</summary>
    /// <param name="path">For example <c>flags.active</c>.</param>
    /// <param name="value">The truth value.</param>
    public static Filter Eq(string path, bool value) => EqJson(path, value ? "true" : "false");

    /// <summary>The member at a path deeply equals a JSON value.</summary>
    /// <param name="path">For example <c>user</c>.</param>
    /// <param name="json">Any JSON value.</param>
    /// <exception cref="EventBusException">The value is not JSON (<see cref="EventBusException.InvalidFilter"/>).</exception>
    public static Filter EqJson(string path, string json)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(json);
        using JsonDocument document = ParseDocument(json);
        return new EqualsFilter(path, document.RootElement.Clone());
    }

    /// <summary>Every filter matches; with none, false.</summary>
    /// <param name="filters">The filters.</param>
    public static Filter And(params ReadOnlySpan<Filter> filters) => new AllFilter(filters.ToArray());

    /// <summary>At least one filter matches; with none, false.</summary>
    /// <param name="filters">The filters.</param>
    public static Filter Or(params ReadOnlySpan<Filter> filters) => new AnyFilter(filters.ToArray());

    /// <summary>The filter does not match.</summary>
    /// <param name="filter">The filter.</param>
    public static Filter Not(Filter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return new NotFilter(filter);
    }

    /// <summary>Reads a filter from JSON, as every implementation of Net writes it.</summary>
    /// <param name="json">For example <c>{"$and":[{"path":"type","value":"token"},{"$not":{"path":"index","value":0}}]}</c>.</param>
    /// <exception cref="EventBusException">It is not a filter (<see cref="EventBusException.InvalidFilter"/>).</exception>
    public static Filter Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        using JsonDocument document = ParseDocument(json);
        return FilterReader.Read(document.RootElement)
            ?? throw Invalid($"{document.RootElement.GetRawText()} is none of {{\"path\":…,\"value\":…}}, $eq, $and, $or and $not", null);
    }

    /// <summary>The filter as JSON.</summary>
    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
            WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>Whether an event matches.</summary>
    /// <param name="eventJson">The event.</param>
    public abstract bool Matches(JsonElement eventJson);

    /// <summary>Whether the bytes of an event are JSON, not nested deeper than <see cref="MaxDepth"/>, and match.</summary>
    /// <param name="rawEvent">The event's bytes.</param>
    public bool Matches(ReadOnlyMemory<byte> rawEvent)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(rawEvent, DocumentOptions);
            return Matches(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false; // not JSON, too deep, or text that is not UTF-8
        }
    }

    /// <inheritdoc/>
    public override string ToString() => ToJson();

    internal abstract void WriteTo(Utf8JsonWriter writer);

    internal static EventBusException Invalid(string problem, Exception? inner) => new(EventBusException.InvalidFilter, $"invalid filter: {problem}.", inner);

    private static JsonDocument ParseDocument(string json)
    {
        try
        {
            return JsonDocument.Parse(json, DocumentOptions);
        }
        catch (JsonException e)
        {
            throw Invalid(e.Message.TrimEnd('.'), e);
        }
    }
}
