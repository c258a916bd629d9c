using System.Diagnostics;
using System.Security.Cryptography;
using Net.Mesh;

namespace EchoSum;

/// <summary>A service and its client in two processes, by a contract: an interface that both of them know.</summary>
internal static class Program
{
    private const string KeyVariable = "ECHO_SUM_PSK"; // a secret goes through the environment or a file, never through the command line

    private const string Help = """
        EchoSum                 starts a server and a client as copies of itself; shows what is asked and answered.
                                Exit status: 0 every answer is right, 1 not, 2 wrong usage

        By hand, on two terminals with the same ECHO_SUM_PSK, 64 hexadecimal digits:
          EchoSum serve         prints its ticket; ends when its input does
          EchoSum call TICKET
        """;

    public static async Task<int> Main(string[] args)
    {
        try
        {
            switch (args)
            {
                case ["--help" or "-h"]:
                    Console.WriteLine(Help);
                    return 0;
                case []:
                    return await RunBothAsync();
                case ["serve"]:
                    return await Server.RunAsync();
                case ["call", var text] when MeshTicket.TryParse(text, out MeshTicket? ticket, out _):
                    return await Client.RunAsync(ticket);
                default:
                    Console.Error.WriteLine(Help);
                    return 2;
            }
        }
        catch (Exception problem) when (problem is MeshException or InvalidOperationException or OperationCanceledException)
        {
            Console.Error.WriteLine($"EchoSum: {problem.Message}");
            return 1;
        }
    }

    public static byte[] Key() => Convert.FromHexString(Environment.GetEnvironmentVariable(KeyVariable)
        ?? throw new InvalidOperationException($"Set {KeyVariable} to 64 hexadecimal digits, the same on every node."));

    private static async Task<int> RunBothAsync()
    {
        Environment.SetEnvironmentVariable(KeyVariable, Convert.ToHexString(RandomNumberGenerator.GetBytes(32))); // children inherit it
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using Process server = Start("serve");
        Process? client = null;
        try
        {
            string? line = await server.StandardOutput.ReadLineAsync(patience.Token);
            if (line is null || !line.StartsWith("ticket ", StringComparison.Ordinal))
                throw new InvalidOperationException($"The server should print its ticket and {(line is null ? "ended" : $"said \"{line}\"")}.");
            client = Start("call", line["ticket ".Length..]);
            Console.WriteLine($"server   process {server.Id}");
            Console.WriteLine($"client   process {client.Id}");
            while (await client.StandardOutput.ReadLineAsync(patience.Token) is { } said)
                Console.WriteLine(said);
            await client.WaitForExitAsync(patience.Token);
            server.StandardInput.Close();
            await server.WaitForExitAsync(patience.Token);
            return client.ExitCode == 0 && server.ExitCode == 0 ? 0 : 1;
        }
        finally
        {
            Stop(server);
            Stop(client);
            client?.Dispose();
        }
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static void Stop(Process? process)
    {
        if (process is { HasExited: false })
            process.Kill();
    }
}
