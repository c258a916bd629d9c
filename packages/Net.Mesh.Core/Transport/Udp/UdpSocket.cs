using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Net.Mesh.Transport;

/// <summary>A bound UDP socket with what the system granted it.</summary>
/// <param name="Socket">The socket, in blocking mode and without any timeout: one would bind all its users (spec 01 T29).</param>
/// <param name="Address">Where it is bound.</param>
/// <param name="ReceiveBufferBytes">The receive buffer as the system counts it.</param>
/// <param name="SendBufferBytes">The send buffer as the system counts it.</param>
internal sealed record UdpSocket(Socket Socket, DatagramAddress Address, int ReceiveBufferBytes, int SendBufferBytes)
{
    private const int SolSocket = 1;
    private const int SoReuseAddress = 2;
    private const int SoSendBufferForce = 32;
    private const int SoReceiveBufferForce = 33;
    private const int SioUdpConnectionReset = -1744830452;

    public string Buffers => FormattableString.Invariant($"receive buffer {ReceiveBufferBytes / 1024} KiB, send buffer {SendBufferBytes / 1024} KiB");

    public static UdpSocket Bind(UdpTransportOptions options)
    {
        IPEndPoint local = options.BindAddress;
        var socket = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
                socket.DualMode = options.DualStack && local.Address.Equals(IPAddress.IPv6Any);
            if (options.ReuseAddress)
                AllowReuse(socket);
            if (OperatingSystem.IsWindows()) // a peer that is gone must not end reception
                socket.IOControl(SioUdpConnectionReset, [0, 0, 0, 0], null);
            Grow(socket, SoReceiveBufferForce, SocketOptionName.ReceiveBuffer, options.ReceiveBufferBytes);
            Grow(socket, SoSendBufferForce, SocketOptionName.SendBuffer, options.SendBufferBytes);
            socket.Bind(local);
            return new(socket, DatagramAddress.From((IPEndPoint)socket.LocalEndPoint!), socket.ReceiveBufferSize, socket.SendBufferSize);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new MeshException("bind", $"UDP cannot be bound to {local}: {e.Message}. Choose another address, or port 0 for a free one.", e);
        }
    }

    // Not Socket's own option: that one would also set SO_REUSEPORT, which shares the load with strangers.
    private static void AllowReuse(Socket socket)
    {
        if (OperatingSystem.IsLinux())
            socket.SetRawSocketOption(SolSocket, SoReuseAddress, Bytes(1));
        else
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
    }

    // The forced option passes the system's limit, but needs CAP_NET_ADMIN.
    private static void Grow(Socket socket, int forcedOption, SocketOptionName option, int bytes)
    {
        if (OperatingSystem.IsLinux() && TrySetRaw(socket, SolSocket, forcedOption, bytes))
            return;
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, option, bytes);
        }
        catch (SocketException)
        {
            // Some systems refuse what is too much instead of granting less; the default stays then.
        }
    }

    public static bool TrySetRaw(Socket socket, int level, int option, int value)
    {
        try
        {
            socket.SetRawSocketOption(level, option, Bytes(value));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> Bytes(int value) => MemoryMarshal.AsBytes<int>(new[] { value });
}
