using Net.Mesh.Bus;
using Net.Mesh.Testing;

namespace Net.Mesh.Redis.Tests;

public sealed class RedisAdapterContract(SharedRedis redis) : EventAdapterContract, IClassFixture<SharedRedis>
{
    private string _prefix = "";

    protected override bool SurvivesReopen => true;

    protected override async Task<IEventAdapter> CreateAsync()
    {
        _prefix = redis.NewPrefix();
        return await ReopenAsync();
    }

    protected override async Task<IEventAdapter> ReopenAsync() => new RedisEventAdapter(new RedisAdapterOptions((await redis.ServerAsync()).Url)
    {
        Prefix = _prefix,
        CommandTimeout = TimeSpan.FromSeconds(20),
    });
}
