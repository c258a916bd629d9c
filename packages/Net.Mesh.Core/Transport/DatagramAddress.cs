using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Net.Mesh.Transport;

/// <summary>
/// An IP address and UDP port as a value: it is compared, hashed and copied without an allocation. IPv4 addresses that
/// arrive mapped into IPv6 become IPv4.
/// </summary>
public readonly record struct DatagramAddress
{
    private readonly ulong _high;
    private readonly ulong _low;

    private DatagramAddress(ulong high, ulong low, uint scope, ushort port, bool isIPv6)
    {
        _high = high;
        _low = low;
        ScopeId = scope;
        Port = port;
        IsIPv6 = isIPv6;
    }

    /// <summary>The UDP port.</summary>
    public ushort Port { get; }

    /// <summary>Whether the address is IPv6.</summary>
    public bool IsIPv6 { get; }

    /// <summary>The interface of a link-local IPv6 address; otherwise 0.</summary>
    public uint ScopeId { get; }

    /// <summary>Whether this is the default value, which no datagram has.</summary>
    public bool IsNone => this == default;

    /// <summary>An address from the bytes of an IP address in network order: 4 or 16.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public static DatagramAddress FromBytes(ReadOnlySpan<byte> ip, ushort port, uint scopeId = 0)
    {
        if (ip.Length == 4)
            return new(0, BinaryPrimitives.ReadUInt32BigEndian(ip), 0, port, isIPv6: false);
        if (ip.Length != 16)
            throw new ArgumentException($"An IP address has 4 or 16 bytes; {ip.Length} were given.", nameof(ip));
        ulong high = BinaryPrimitives.ReadUInt64BigEndian(ip);
        ulong low = BinaryPrimitives.ReadUInt64BigEndian(ip[8..]);
        bool isMapped = high == 0 && low >> 32 == 0xFFFF;
        return isMapped ? new(0, (uint)low, 0, port, isIPv6: false) : new(high, low, scopeId, port, isIPv6: true);
    }

    /// <summary>An address from an end point.</summary>
    public static DatagramAddress From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        Span<byte> bytes = stackalloc byte[16];
        endPoint.Address.TryWriteBytes(bytes, out int length);
        uint scope = endPoint.AddressFamily == AddressFamily.InterNetworkV6 ? (uint)endPoint.Address.ScopeId : 0;
        return FromBytes(bytes[..length], (ushort)endPoint.Port, scope);
    }

    /// <summary>Writes the bytes of the IP address in network order.</summary>
    /// <param name="destination">At least 4 or 16 bytes.</param>
    /// <returns>The number of bytes written: 4 or 16.</returns>
    public int WriteBytes(Span<byte> destination)
    {
        if (!IsIPv6)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)_low);
            return 4;
        }
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
        return 16;
    }

    /// <summary>The same address as an end point, newly allocated.</summary>
    public IPEndPoint ToIPEndPoint()
    {
        Span<byte> bytes = stackalloc byte[16];
        int length = WriteBytes(bytes);
        return new(IsIPv6 ? new IPAddress(bytes, ScopeId) : new IPAddress(bytes[..length]), Port);
    }

    /// <summary>The usual text: <c>192.0.2.1:9000</c> or <c>[2001:db8::1]:9000</c>.</summary>
    public override string ToString() => ToIPEndPoint().ToString();

    /// <summary>Reads <c>ip:port</c>; names are not looked up.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DatagramAddress address)
    {
        bool isAddress = IPEndPoint.TryParse(text.AsSpan(), out IPEndPoint? endPoint);
        address = isAddress ? From(endPoint!) : default;
        return isAddress;
    }
}
