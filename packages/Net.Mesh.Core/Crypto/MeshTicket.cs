using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Net.Mesh.Crypto;

namespace Net.Mesh;

/// <summary>
/// What one person sends another to be dialled: who the node is, its public key, and where it may be reached (spec 11 §1).
/// It holds no secret; the mesh's pre-shared key travels on another way. Immutable.
/// </summary>
/// <example><code>
/// MeshTicket ticket = MeshTicket.Parse("netmesh:AQOhB7_zzhC-HXDdGOdL…");
/// Console.WriteLine(ticket.NodeId);
/// </code></example>
public sealed class MeshTicket : IParsable<MeshTicket>
{
    /// <summary>How every ticket begins.</summary>
    public const string Prefix = "netmesh:";

    /// <summary>The most addresses a ticket carries: 8.</summary>
    public const int MaxAddresses = 8;

    private readonly string _text;

    /// <summary>Makes the ticket of a node.</summary>
    /// <param name="entityId">The node's entity id.</param>
    /// <param name="publicKey">The node's X25519 public key.</param>
    /// <param name="addresses">Up to eight addresses, best first. IPv4 addresses in IPv6 form are turned into plain ones; an IPv6 scope is not carried.</param>
    /// <exception cref="ArgumentException">There are more than eight addresses, or one has port 0 or is neither IPv4 nor IPv6.</exception>
    public MeshTicket(EntityId entityId, NoisePublicKey publicKey, IReadOnlyList<IPEndPoint> addresses)
    {
        ArgumentNullException.ThrowIfNull(addresses);
        if (addresses.Count > MaxAddresses)
            throw new ArgumentException($"A ticket carries at most {MaxAddresses} addresses; {addresses.Count} were given.", nameof(addresses));
        IPEndPoint[] carried = [.. addresses.Select(Carried)];
        EntityId = entityId;
        NodeId = EntityKeys.NodeIdOf(entityId);
        PublicKey = publicKey;
        Addresses = carried.AsReadOnly();
        _text = TicketCodec.Write(entityId, publicKey, carried);
    }

    internal MeshTicket(string text, EntityId entityId, NoisePublicKey publicKey, IPEndPoint[] addresses)
    {
        EntityId = entityId;
        NodeId = EntityKeys.NodeIdOf(entityId);
        PublicKey = publicKey;
        Addresses = addresses.AsReadOnly();
        _text = text;
    }

    /// <summary>The node's entity id; the handshake proves it.</summary>
    public EntityId EntityId { get; }

    /// <summary>The node id that derives from <see cref="EntityId"/>.</summary>
    public NodeId NodeId { get; }

    /// <summary>The node's X25519 public key.</summary>
    public NoisePublicKey PublicKey { get; }

    /// <summary>Where the node may be reached, best first; up to eight, perhaps none.</summary>
    public IReadOnlyList<IPEndPoint> Addresses { get; }

    /// <summary>Reads a ticket.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wrong with it.</exception>
    public static MeshTicket Parse(string s, IFormatProvider? provider = null)
    {
        ArgumentNullException.ThrowIfNull(s);
        return TryParse(s, out MeshTicket? ticket, out string? error) ? ticket : throw new FormatException(error);
    }

    /// <summary>Reads a ticket, or says what is wrong with it.</summary>
    /// <param name="text">The text; white space around it is ignored.</param>
    /// <param name="ticket">The ticket, when true is returned.</param>
    /// <param name="error">What is wrong and what to do about it, when false is returned.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out MeshTicket? ticket, [NotNullWhen(false)] out string? error) =>
        TicketCodec.TryRead(text.AsSpan().Trim(), out ticket, out error);

    /// <inheritdoc/>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out MeshTicket result) =>
        TryParse(s, out result, out _);

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => _text;

    private static IPEndPoint Carried(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Port == 0)
            throw new ArgumentException($"The address {address} has port 0, on which nobody can be dialled.");
        if (address.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            throw new ArgumentException($"The address {address} is neither IPv4 nor IPv6.");
        IPAddress plain = address.Address.IsIPv4MappedToIPv6 ? address.Address.MapToIPv4() : new IPAddress(address.Address.GetAddressBytes());
        return new(plain, address.Port);
    }
}
