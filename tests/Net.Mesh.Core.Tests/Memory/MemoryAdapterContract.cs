using Net.Mesh.Testing;

namespace Net.Mesh.Core.Tests.Memory;

public sealed class MemoryAdapterContract : EventAdapterContract
{
    protected override bool KeepsDedupIds => false;

    protected override bool IdempotentRetries => false;

    protected override Task<IEventAdapter> CreateAsync() => Task.FromResult<IEventAdapter>(new MemoryEventAdapter());
}
