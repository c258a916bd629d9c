using System.Globalization;
using Net.Mesh.TestSupport;

namespace Net.Mesh.JetStream.Tests;

/// <summary>A private nats-server with a configuration of its own; JetStream only if the configuration turns it on.</summary>
/// <param name="configuration">The text of the configuration file; <c>{STORE}</c> stands for the data folder.</param>
internal sealed class ConfiguredNatsServer(string configuration)
    : ServerProcess(Requires.Program("nats-server", "Install it, for example with: apt-get install nats-server"))
{
    public const string JetStream = "jetstream { store_dir: \"{STORE}\" }\n";

    public string Url => string.Create(CultureInfo.InvariantCulture, $"nats://127.0.0.1:{Port}");

    public string UrlFor(string userInfo) => string.Create(CultureInfo.InvariantCulture, $"nats://{userInfo}@127.0.0.1:{Port}");

    public static async Task<ConfiguredNatsServer> StartNewAsync(string configuration)
    {
        var server = new ConfiguredNatsServer(configuration);
        await server.StartAsync();
        return server;
    }

    protected override IEnumerable<string> Arguments()
    {
        string file = Path.Combine(DataFolder, "server.conf");
        File.WriteAllText(file, configuration.Replace("{STORE}", DataFolder, StringComparison.Ordinal));
        return ["-a", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture), "-c", file];
    }
}
