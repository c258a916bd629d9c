using Net.Mesh.Testing;

namespace Net.Mesh.Core.Tests.Memory;

public sealed class MemoryAdapterContract : EventAdapterContract
{
    protected override bool KeepsDedupIds => false;

    protected override bool IdempotentRetries => false;

    protected override Task<IEventAdapter> CreateAsync() => Task.FromResult<IEventAdapter>(new MemoryEventAdapter());
}

public sealed class NoopAdapterContract : EventAdapterContract
{
    protected override bool RetainsEvents => false;

    protected override bool KeepsDedupIds => false;

    protected override bool IdempotentRetries => false;

    protected override bool DiscoversShards => false;

    protected override Task<IEventAdapter> CreateAsync() => Task.FromResult<IEventAdapter>(new NoopEventAdapter());
}
