using System.Runtime.CompilerServices;
using System.Text.Json.Serialization;

namespace Net.Mesh.Rpc.Tests.Contracts;

public sealed record EchoRequest(string Text, int Times = 1);

public sealed record EchoResponse(string Text);

/// <summary>Every shape that there is, by generated JSON.</summary>
[RpcService(JsonContext = typeof(EchoContext))]
public interface IEcho
{
    [Rpc("echo")]
    Task<EchoResponse> EchoAsync(EchoRequest request, CancellationToken cancellationToken = default);

    [Rpc("echo.value")]
    ValueTask<int> CountAsync(string text);

    [Rpc("echo.find")]
    Task<EchoResponse?> FindAsync(string? text, CancellationToken cancellationToken);

    [Rpc("echo.void")]
    Task NoteAsync(EchoRequest request);

    [Rpc("echo.ping")]
    ValueTask PingAsync(CancellationToken cancellationToken = default);

    [Rpc("echo.last")]
    Task<string> LastAsync();

    [Rpc("echo.tail")]
    IAsyncEnumerable<EchoResponse> TailAsync(EchoRequest request, CancellationToken cancellationToken = default);

    [Rpc("echo.ticks")]
    IAsyncEnumerable<int> TicksAsync();

    [Rpc("echo.upload")]
    Task<int> UploadAsync(IAsyncEnumerable<EchoRequest> items, CancellationToken cancellationToken = default);

    [Rpc("echo.store")]
    Task StoreAsync(IAsyncEnumerable<EchoRequest> items, CancellationToken cancellationToken = default);

    [Rpc("echo.chat")]
    IAsyncEnumerable<EchoResponse> ChatAsync(IAsyncEnumerable<EchoRequest> items, CancellationToken cancellationToken = default);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(EchoRequest))]
[JsonSerializable(typeof(EchoResponse))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(int))]
internal sealed partial class EchoContext : JsonSerializerContext;

/// <summary>A contract by reflection, of several parts, with words that code has for itself.</summary>
[RpcService]
internal interface IParts : IFirstPart, ISecondPart
{
    [Rpc("parts.event")]
    Task<string> @event(string @class);
}

internal interface IFirstPart
{
    [Rpc("parts.first")]
    Task<string> NameAsync(EchoRequest request);
}

internal interface ISecondPart
{
    [Rpc("parts.second")]
    Task<string> NameAsync(EchoRequest request);
}

internal sealed class Parts : IParts
{
    public Task<string> @event(string @class) => Task.FromResult("event " + @class);

    Task<string> IFirstPart.NameAsync(EchoRequest request) => Task.FromResult("first " + request.Text);

    Task<string> ISecondPart.NameAsync(EchoRequest request) => Task.FromResult("second " + request.Text);
}

internal sealed class Echo : IEcho
{
    private string _last = "";

    public Task<EchoResponse> EchoAsync(EchoRequest request, CancellationToken cancellationToken) => Task.FromResult(new EchoResponse(request.Text));

    public ValueTask<int> CountAsync(string text) => text.Length > 0 ? new(text.Length) : throw new RpcApplicationException(new(0x9001), "nothing to count");

    public Task<EchoResponse?> FindAsync(string? text, CancellationToken cancellationToken) => Task.FromResult(text is null ? null : new EchoResponse(text));

    public async Task NoteAsync(EchoRequest request)
    {
        await Task.Yield();
        _last = request.Text;
    }

    public ValueTask PingAsync(CancellationToken cancellationToken)
    {
        _last = "ping";
        return default;
    }

    public Task<string> LastAsync() => Task.FromResult(_last);

    public async IAsyncEnumerable<EchoResponse> TailAsync(EchoRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int i = 0; i < request.Times; i++)
            yield return new($"{request.Text} {i}");
        if (request.Times < 0)
            await EndlessAsync(cancellationToken);
    }

    public async IAsyncEnumerable<int> TicksAsync()
    {
        for (int i = 0; i < 3; i++)
        {
            await Task.Yield();
            yield return i;
        }
    }

    public async Task<int> UploadAsync(IAsyncEnumerable<EchoRequest> items, CancellationToken cancellationToken)
    {
        int sum = 0;
        await foreach (EchoRequest item in items.WithCancellation(cancellationToken))
            sum += item.Times;
        return sum;
    }

    public async Task StoreAsync(IAsyncEnumerable<EchoRequest> items, CancellationToken cancellationToken)
    {
        await foreach (EchoRequest item in items.WithCancellation(cancellationToken))
            _last = item.Text;
    }

    public async IAsyncEnumerable<EchoResponse> ChatAsync(IAsyncEnumerable<EchoRequest> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (EchoRequest item in items.WithCancellation(cancellationToken))
            yield return new(item.Text.ToUpperInvariant());
        yield return new("END");
    }

    public int Stopped { get; private set; }

    private async Task EndlessAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Stopped++;
        }
    }
}
