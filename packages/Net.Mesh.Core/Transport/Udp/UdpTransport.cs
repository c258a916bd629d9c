using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport;

/// <summary>Opens UDP sockets as transports.</summary>
public static class UdpTransport
{
    /// <summary>
    /// Binds a socket and chooses how it is driven: with batched calls on Linux where they work, else with those that every
    /// system has. One log line says which and why.
    /// </summary>
    /// <param name="options">Where to bind and what to ask of the system.</param>
    /// <param name="log">Takes the transport's log lines.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="MeshException">
    /// <c>bind</c>: the address cannot be bound. <c>unsupported</c>: batching was demanded and is not to be had.
    /// </exception>
    public static IDatagramTransport Create(UdpTransportOptions options, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(log);
        options.Validate();
        UdpSocket socket = UdpSocket.Bind(options);
        try
        {
            UdpSocketTransport transport = Choose(socket, options, log);
            log.UdpBound(transport.LocalAddress, transport.Description);
            return transport;
        }
        catch
        {
            socket.Socket.Dispose();
            throw;
        }
    }

    private static UdpSocketTransport Choose(UdpSocket socket, UdpTransportOptions options, ILogger log)
    {
        string reason = "batching is switched off";
        if (options.UseBatching is not false && BatchingSupport.Probe(socket.Socket, out BatchingSupport support, out reason))
            return new BatchedUdpTransport(socket, support, options, log);
        if (options.UseBatching is true)
            throw new MeshException("unsupported", $"Batched UDP was demanded, but {reason}. Leave UseBatching null to use what there is.");
        return new PortableUdpTransport(socket, reason, options, log);
    }
}
