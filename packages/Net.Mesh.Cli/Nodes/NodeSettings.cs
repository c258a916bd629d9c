using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Net.Mesh.Cli.Nodes;

/// <summary>What a command needs to be a node for as long as it runs.</summary>
internal sealed record NodeSettings
{
    public required IPEndPoint Bind { get; init; }

    public required IReadOnlyList<IPEndPoint> Advertised { get; init; }

    public string? KeyFile { get; init; }

    public string? PreSharedKeyFile { get; init; }

    public bool AllowsReference { get; init; }

    /// <summary>How long all attempts to reach a peer take together.</summary>
    public required TimeSpan Timeout { get; init; }

    public required TimeSpan Heartbeat { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Loggers { get; init; }

    /// <summary>What else the command wants of the node.</summary>
    public Action<MeshNodeBuilder> Configure { get; init; } = _ => { };

    /// <summary>Starts the node.</summary>
    public async Task<CliNode> StartAsync(CancellationToken cancellationToken)
    {
        byte[] preSharedKey = Secrets.ReadPreSharedKey(PreSharedKeyFile, Environment.GetEnvironmentVariable);
        try
        {
            return await StartAsync(preSharedKey, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(preSharedKey);
        }
    }

    /// <summary>Starts the node of a mesh whose key is at hand.</summary>
    public async Task<CliNode> StartAsync(ReadOnlyMemory<byte> preSharedKey, CancellationToken cancellationToken)
    {
        const int Attempts = 3;
        var watch = new PeerWatch();
        var echo = new Echo();
        MeshNodeBuilder builder = MeshNode.CreateBuilder(Bind.ToString(), preSharedKey.Span)
            .WithHeartbeat(Heartbeat)
            .WithSessionTimeout(Heartbeat * 3)
            .WithPeerAdmission(AllowsReference ? PeerAdmission.AllowReference : PeerAdmission.SecureOnly)
            .WithLoggerFactory(Loggers)
            .WithTimeProvider(Time)
            .WithFeature(watch)
            .WithFeature(echo)
            .Configure(options =>
            {
                options.HandshakeAttempts = Attempts;
                options.HandshakeTimeout = Timeout / Attempts;
            });
        if (Secrets.ReadIdentity(KeyFile, Environment.GetEnvironmentVariable) is { } identity)
            builder.WithIdentity(identity);
        Configure(builder);
        MeshNode node = await builder.BuildAsync(cancellationToken).ConfigureAwait(false);
        return new(node, watch, echo, TicketOf(node));
    }

    // A node that listens everywhere does not know where others see it; its own interfaces are the best guess.
    private MeshTicket TicketOf(MeshNode node)
    {
        IPEndPoint local = node.LocalEndPoint;
        bool isAny = local.Address.Equals(IPAddress.Any) || local.Address.Equals(IPAddress.IPv6Any);
        IEnumerable<IPEndPoint> addresses = Advertised.Count > 0
            ? Advertised.Select(address => address.Port == 0 ? new IPEndPoint(address.Address, local.Port) : address)
            : isAny ? OwnAddresses(local.AddressFamily).Select(address => new IPEndPoint(address, local.Port)) : [local];
        return new(node.Identity.EntityId, node.PublicKey, [.. addresses.Take(MeshTicket.MaxAddresses)]);
    }

    private static IEnumerable<IPAddress> OwnAddresses(AddressFamily family) => NetworkInterface.GetAllNetworkInterfaces()
        .Where(link => link.OperationalStatus == OperationalStatus.Up)
        .OrderBy(link => link.NetworkInterfaceType == NetworkInterfaceType.Loopback)
        .SelectMany(link => link.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .Where(address => address.AddressFamily == family && !address.IsIPv6LinkLocal);
}
