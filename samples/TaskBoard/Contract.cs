using System.Text.Json.Serialization;
using Net.Mesh.Rpc;

namespace TaskBoard;

/// <summary>What a board asks of the board that leads, because only the leader's log takes appends.</summary>
[RpcService(JsonContext = typeof(BoardJson))]
public interface IBoardWrites
{
    [Rpc("task-board.write")]
    Task<Receipt> WriteAsync(Change change, CancellationToken cancellationToken = default);
}

/// <summary>A change: "add", "done" or "rm". Made twice it is made once, so whoever got no answer asks again.</summary>
public sealed record Change(string What, ulong Id, string Title = "");

/// <summary>Where in the log the change is, and whether a majority of the boards holds it: then it outlives the leader.</summary>
public sealed record Receipt(ulong Seq, bool IsHeld);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Change))]
[JsonSerializable(typeof(Receipt))]
internal sealed partial class BoardJson : JsonSerializerContext;
