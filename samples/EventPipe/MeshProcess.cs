using System.Diagnostics;
using System.Globalization;
using Net.Mesh;

namespace EventPipe;

/// <summary>
/// A node of the mesh in a process of its own: this program again, in a role. It speaks lines on its standard output, and ends
/// when its standard input does, also when the process that started it is killed.
/// </summary>
internal sealed class MeshProcess : IAsyncDisposable
{
    public const string RoleOption = "--mesh-role";
    public const string Relay = "relay";
    public const string Sink = "sink";

    /// <summary>The mesh's key goes through the environment, which other users cannot read; a command line they can.</summary>
    public const string KeyVariable = "EVENTPIPE_MESH_PSK";

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly string _role;

    private MeshProcess(Process process, string role) => (_process, _role) = (process, role);

    public int Id => _process.Id;

    public static MeshProcess Start(byte[] key, params string[] role)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [RoleOption, .. role]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[KeyVariable] = Convert.ToHexString(key);
        return new(Process.Start(start)!, role[0]);
    }

    /// <summary>The value of a line that must come next.</summary>
    public async Task<string> ReadAsync(string name) => await ReadLineAsync() is { } line && line.StartsWith(name + " ", StringComparison.Ordinal)
        ? line[(name.Length + 1)..]
        : throw new MeshException("process-ended", $"The {_role} (process {Id}) ended before it said its {name}; what it wrote above tells why.");

    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync();

    public async Task<long> ReadNumberAsync(string name) => long.Parse(await ReadAsync(name), CultureInfo.InvariantCulture);

    /// <summary>Asks the process to say its last words and to end.</summary>
    public void Finish() => _process.StandardInput.Close();

    public async ValueTask DisposeAsync()
    {
        Finish();
        using var limit = new CancellationTokenSource(EndLimit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
        _process.Dispose();
    }
}
