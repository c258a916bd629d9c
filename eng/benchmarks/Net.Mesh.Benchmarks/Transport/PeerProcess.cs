using System.Diagnostics;
using System.Globalization;
using Net.Mesh.Benchmarks.Transport.Grpc;
using Net.Mesh.Benchmarks.Transport.Node;
using Net.Mesh.Benchmarks.Transport.Tls;
using Net.Mesh.Benchmarks.Transport.Udp;

namespace Net.Mesh.Benchmarks.Transport;

/// <summary>
/// The other end of a connection: this program once more, as a child. It says where it listens and with which certificate, and
/// goes when its standard input ends, so it never outlives its parent.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    public const string Verb = "transport-peer";

    private readonly Process _process;

    private PeerProcess(Process process, int port, string certificateHash)
    {
        _process = process;
        Port = port;
        CertificateHash = certificateHash;
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The SHA-256 of its certificate; empty without one.</summary>
    public string CertificateHash { get; }

    /// <summary>Starts a child of a kind and waits until it listens.</summary>
    public static async Task<PeerProcess> StartAsync(string kind, CancellationToken stop)
    {
        string program = Path.ChangeExtension(typeof(PeerProcess).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null);
        Process process = Process.Start(new ProcessStartInfo(program, [Verb, kind]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            string line = await process.StandardOutput.ReadLineAsync(stop) ?? throw new InvalidOperationException($"the {kind} peer ended before it listened.");
            string[] parts = line.Split(' ');
            return new(process, int.Parse(parts[0], CultureInfo.InvariantCulture), parts[1]);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }

    /// <summary>The child's whole life.</summary>
    public static async Task<int> RunAsync(string kind)
    {
        IPeer peer = kind switch
        {
            UdpContender.RawKind => new UdpPeer(new PlainForm()),
            UdpContender.SealedKind => new UdpPeer(new SealedForm()),
            TlsContender.Kind => new TlsPeer(),
            GrpcContender.Kind => new GrpcPeer(),
            NodeContender.Kind => new NodePeer(),
            Rpc.NodeRpcPeer.Kind => new Rpc.NodeRpcPeer(),
            _ when kind.StartsWith(Rpc.NatsRpcPeer.Kind + "@", StringComparison.Ordinal) => new Rpc.NatsRpcPeer(kind[(Rpc.NatsRpcPeer.Kind.Length + 1)..]),
            _ => throw new ArgumentException($"there is no peer of the kind {kind}.", nameof(kind)),
        };
        await using (peer)
        {
            (int port, string certificateHash) = await peer.ListenAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{port} {certificateHash}"));
            await Console.In.ReadToEndAsync();
        }
        return 0;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}

/// <summary>What runs in a child.</summary>
internal interface IPeer : IAsyncDisposable
{
    /// <summary>Listens on 127.0.0.1.</summary>
    /// <returns>The port, and the certificate's SHA-256 where there is one.</returns>
    Task<(int Port, string CertificateHash)> ListenAsync();
}
