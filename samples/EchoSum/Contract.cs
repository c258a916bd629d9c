using System.Text.Json.Serialization;
using Net.Mesh.Rpc;

namespace EchoSum;

/// <summary>The service with which implementations of the mesh in different languages try each other out.</summary>
[RpcService(JsonContext = typeof(EchoJson))]
public interface IEchoSum
{
    [Rpc(Service.Name)]
    Task<EchoSumResponse> EchoSumAsync(EchoSumRequest request, CancellationToken cancellationToken = default);
}

/// <summary>A member that is missing, or of another type, is answered with the status 0x8000 before the service is asked.</summary>
public sealed record EchoSumRequest(string Text, IReadOnlyList<long> Numbers);

public sealed record EchoSumResponse(string Echo, long Sum);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EchoSumRequest))]
[JsonSerializable(typeof(EchoSumResponse))]
internal sealed partial class EchoJson : JsonSerializerContext;
