using Microsoft.Extensions.Logging;
using Net.Mesh.Crypto;
using Net.Mesh.Identities;
using Net.Mesh.Sessions;
using Net.Mesh.Transport;

namespace Net.Mesh.Node;

/// <summary>
/// What the parts of a node share: who it is, its peers and routes, and the way out. It has no behaviour of its own; the parts
/// know one another only through it.
/// </summary>
internal sealed class NodeCore : IDisposable
{
    public NodeCore(MeshNodeOptions options, Identity identity, StaticKeyPair staticKey, byte[] preSharedKey, IDatagramTransport transport, TimeProvider time, ILogger log)
    {
        Options = options;
        Identity = identity;
        StaticKey = staticKey;
        PreSharedKey = preSharedKey;
        Transport = transport;
        Time = time;
        Log = log;
        Peers = new(options.MaxPeers);
        Events = new(time, log);
        Routes = new(time, options.SessionTimeout * 3, options.MaxRoutes);
        Reassembly = new(options.ReassemblyBytes + Sessions.FragmentAssembler.SmallestCharge);
        Writers = new(this);
    }

    public MeshNodeOptions Options { get; }

    public Identity Identity { get; }

    public StaticKeyPair StaticKey { get; }

    public byte[] PreSharedKey { get; }

    public IDatagramTransport Transport { get; }

    public TimeProvider Time { get; }

    public ILogger Log { get; }

    public PeerTable Peers { get; }

    public PeerEvents Events { get; }

    public RoutingTable Routes { get; }

    public Blocklist Blocklist { get; } = new();

    /// <summary>Who each peer has proven to be.</summary>
    public PeerPins Pins { get; } = new();

    public NodeCounters Counters { get; } = new();

    public PacketBufferPool Buffers { get; } = new();

    public FragmentBudget Reassembly { get; }

    public PacketWriterPool Writers { get; }

    /// <summary>Timestamps that make up a duration of the node's clock.</summary>
    public long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * Time.TimestampFrequency);

    public StreamTable CreateStreams() => new(Options, Reassembly, Time, Buffers);

    public void Dispose()
    {
        foreach (SessionEntry entry in Peers.Sessions)
            Peers.RemoveSession(entry);
        StaticKey.Dispose();
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(PreSharedKey);
    }
}
