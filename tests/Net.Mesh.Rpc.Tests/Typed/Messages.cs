using System.Text.Json.Serialization;

namespace Net.Mesh.Rpc.Tests.Typed;

public sealed record SumRequest(string Text, long[] Numbers);

public sealed record SumResponse(string Echo, long Sum);

public sealed record Profile(string Name, string? Nick, int Age = 7);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SumRequest))]
[JsonSerializable(typeof(SumResponse))]
[JsonSerializable(typeof(Profile))]
internal sealed partial class MessagesContext : JsonSerializerContext;
