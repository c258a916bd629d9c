using System.Globalization;

namespace Net.Mesh.TestSupport;

/// <summary>A private nats-server with JetStream on, its streams in the data folder.</summary>
public sealed class NatsServer : ServerProcess
{
    private readonly string[] _extra;

    public NatsServer(params string[] extraArguments)
        : base(Requires.Program("nats-server", "Install it, for example with: apt-get install nats-server")) => _extra = extraArguments;

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{Port}");

    public static async Task<NatsServer> StartNewAsync(params string[] extraArguments)
    {
        var server = new NatsServer(extraArguments);
        await server.StartAsync();
        return server;
    }

    protected override IEnumerable<string> Arguments() =>
        ["-a", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-js", "-sd", DataFolder, .. _extra];
}
