using System.Text.Json.Serialization;

namespace EventPipe;

/// <summary>What of an access-log line this program uses; other members of the line are kept in the event and passed over here.</summary>
internal sealed record AccessEntry(AccessRequest Request, int Status, long Size = 0, double Duration = 0)
{
    /// <summary>The path without the query, so that searches count as one page.</summary>
    [JsonIgnore]
    public string Path => Request.Uri.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? Request.Uri[..query] : Request.Uri;
}

/// <summary>The request of a line.</summary>
internal sealed record AccessRequest(string Method, string Uri);

/// <summary>Reads lines without reflection. A member that has no default must be there, and must not be null.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(AccessEntry))]
[JsonSerializable(typeof(RejectedLine))]
[JsonSerializable(typeof(SinkReport))]
internal sealed partial class AccessJson : JsonSerializerContext;
