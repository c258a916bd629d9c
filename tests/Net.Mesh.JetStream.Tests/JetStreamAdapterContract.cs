using Net.Mesh.Bus;
using Net.Mesh.Testing;

namespace Net.Mesh.JetStream.Tests;

public sealed class JetStreamAdapterContract(SharedServer shared) : EventAdapterContract
{
    private string _prefix = "";

    protected override bool SurvivesReopen => true;

    protected override Task<IEventAdapter> CreateAsync()
    {
        _prefix = SharedServer.NewPrefix();
        return ReopenAsync();
    }

    protected override Task<IEventAdapter> ReopenAsync() =>
        Task.FromResult<IEventAdapter>(new JetStreamEventAdapter(new(shared.Server.Url) { Prefix = _prefix }));
}
