using Net.Mesh.TestSupport;

[assembly: AssemblyFixture(typeof(Net.Mesh.JetStream.Tests.SharedServer))]

namespace Net.Mesh.JetStream.Tests;

/// <summary>One server for all tests that leave it running; each test has a prefix, and so streams, of its own.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    private static int s_lastPrefix;
    private NatsServer? _server;

    public NatsServer Server => _server ??= StartLateAsync();

    public static string NewPrefix() => "t" + Interlocked.Increment(ref s_lastPrefix);

    // A missing nats-server must skip the tests, and only a test can be skipped: so a failed start is repeated there.
    public async ValueTask InitializeAsync() => _server = IsInstalled() ? await NatsServer.StartNewAsync() : null;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    private static bool IsInstalled() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Concat(["/usr/sbin", "/usr/local/sbin"]).Any(folder => File.Exists(Path.Combine(folder, "nats-server")));

    private static NatsServer StartLateAsync()
    {
        Requires.Program("nats-server", "Install it, for example with: apt-get install nats-server");
        throw new InvalidOperationException("nats-server was installed while the tests ran; run them again.");
    }
}
