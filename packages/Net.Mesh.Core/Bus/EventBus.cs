#pragma warning disable CA1822, RS0026
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Net.Mesh.Bus;

namespace Net.Mesh;

/// <summary>A sharded event bus.</summary>
public sealed class EventBus : IAsyncDisposable
{
    internal EventBus(EventBusOptions options, IEventAdapter adapter, IEventSerializer serializer, TimeProvider timeProvider, ILoggerFactory loggerFactory) { }
    /// <summary>Starts describing a bus.</summary>
    public static EventBusBuilder CreateBuilder() => new();
    /// <summary>draft</summary>
    public Task StartAsync(CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public Receipt Emit<T>(T value) => throw Draft;
    /// <summary>draft</summary>
    public Receipt Emit<T>(T value, JsonTypeInfo<T> typeInfo) => throw Draft;
    /// <summary>draft: copies</summary>
    public Receipt EmitRaw(ReadOnlySpan<byte> payload) => throw Draft;
    /// <summary>draft: does not copy</summary>
    public Receipt EmitRaw(ReadOnlyMemory<byte> payload) => throw Draft;
    /// <summary>draft</summary>
    public Receipt EmitString(string json) => throw Draft;
    /// <summary>draft</summary>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public int EmitBatch<T>(IReadOnlyCollection<T> values) => throw Draft;
    /// <summary>draft</summary>
    public int EmitRawBatch(ReadOnlySpan<ReadOnlyMemory<byte>> payloads) => throw Draft;
    /// <summary>draft</summary>
    public bool TryEmitRaw(ReadOnlySpan<byte> payload, out Receipt receipt, out EmitRejection rejection) => throw Draft;
    /// <summary>draft</summary>
    public bool TryEmitRaw(ReadOnlyMemory<byte> payload, out Receipt receipt, out EmitRejection rejection) => throw Draft;
    /// <summary>draft: waits for room</summary>
    public ValueTask<Receipt> EmitRawAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    public Task<PollResponse> PollAsync(PollRequest request, CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    public IAsyncEnumerable<StoredEvent> SubscribeAsync(SubscribeOptions? options = null, CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    [RequiresUnreferencedCode(JsonEventSerializer.ReflectionWarning)]
    [RequiresDynamicCode(JsonEventSerializer.ReflectionWarning)]
    public IAsyncEnumerable<T> SubscribeAsync<T>(SubscribeOptions? options = null, CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    public IAsyncEnumerable<T> SubscribeAsync<T>(JsonTypeInfo<T> typeInfo, SubscribeOptions? options = null, CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft: returns when everything emitted before the call is stored; throws AdapterException when some of it failed</summary>
    public Task FlushAsync(CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    public Task ShutdownAsync(CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    public BusStatistics Statistics => throw Draft;
    /// <summary>draft</summary>
    public int ShardCount => throw Draft;
    /// <summary>draft</summary>
    public string AdapterName => throw Draft;
    /// <summary>draft</summary>
    public ValueTask<bool> IsHealthyAsync(CancellationToken cancellationToken = default) => throw Draft;
    /// <summary>draft</summary>
    public void StartScalingMonitor() => throw Draft;
    /// <summary>draft</summary>
    public ValueTask DisposeAsync() => throw Draft;
    private static InvalidOperationException Draft => new("draft");
}
