using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Tests;

/// <summary>A folder of logs.</summary>
public sealed class LogFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("netmesh-redex-").FullName;

    /// <summary>Where the logs lie.</summary>
    public string Logs => Path.Combine(_path, "logs");

    public string At(string name) => Path.Combine(_path, name);

    /// <summary>A file of a log of the first generation.</summary>
    public string FileOf(string channel, string name) => Path.Combine(Logs, channel, "v0000000001", name);

    public Task<NetmeshResult> RunAsync(params string[] arguments) => Netmesh.RunAsync([.. arguments, "--dir", Logs]);

    public Netmesh Start(params string[] arguments) => Netmesh.Start([.. arguments, "--dir", Logs]);

    /// <summary>A log that is open in this process until it is disposed of.</summary>
    public OpenLog Open(string channel) => new(Logs, ChannelName.Create(channel));

    /// <summary>A log with these events, closed.</summary>
    public async Task WriteAsync(string channel, params string[] events)
    {
        await using OpenLog log = Open(channel);
        foreach (string text in events)
            log.Append(text);
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}

/// <summary>A log that this process has open.</summary>
public sealed class OpenLog : IAsyncDisposable
{
    private readonly Redex _redex;

    public OpenLog(string directory, ChannelName channel)
    {
        _redex = new(new() { PersistentDirectory = directory });
        File = _redex.Open(channel, new() { Persistent = true });
    }

    public RedexFile File { get; }

    public ulong Append(string text) => File.Append(System.Text.Encoding.UTF8.GetBytes(text));

    public ValueTask DisposeAsync() => _redex.DisposeAsync();
}
