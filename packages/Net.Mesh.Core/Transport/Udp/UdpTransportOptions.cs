using System.Net;

namespace Net.Mesh.Transport;

/// <summary>How a UDP transport binds and which socket calls it uses.</summary>
public sealed record UdpTransportOptions
{
    /// <summary>
    /// The longest datagram of the protocol: a routing header of 18 bytes before a packet of 8,192 (spec 01 §2, §3).
    /// </summary>
    public const int DefaultMaxDatagramBytes = 18 + 8192;

    /// <summary>The longest datagram that UDP over IPv4 can carry.</summary>
    public const int MaxUdpPayloadBytes = 65_507;

    /// <summary>
    /// The address and port to bind; default <c>0.0.0.0:0</c>, which is every IPv4 interface and a port that the system chooses.
    /// The address says the family: see <see cref="DualStack"/>.
    /// </summary>
    public IPEndPoint BindAddress { get; init; } = new(IPAddress.Any, 0);

    /// <summary>
    /// The kernel's receive buffer to ask for, in bytes; default 4 MiB, and at least 4,096. The reference asks for 256 KiB, which
    /// is full after some 300 small datagrams because the kernel counts its own bookkeeping too. Without the right to pass it
    /// the system's limit holds (Linux: <c>net.core.rmem_max</c>); the transport's description says what became of it.
    /// </summary>
    public int ReceiveBufferBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The kernel's send buffer to ask for, in bytes; default 1 MiB, and at least 4,096. Limited like
    /// <see cref="ReceiveBufferBytes"/> (Linux: <c>net.core.wmem_max</c>).
    /// </summary>
    public int SendBufferBytes { get; init; } = 1024 * 1024;

    /// <summary>
    /// Longer datagrams are dropped and counted as receive failures; default <see cref="DefaultMaxDatagramBytes"/>, from 1 to
    /// <see cref="MaxUdpPayloadBytes"/>.
    /// </summary>
    public int MaxDatagramBytes { get; init; } = DefaultMaxDatagramBytes;

    /// <summary>
    /// Whether several datagrams go through one system call (Linux): null, the default, where that works; true or else fail;
    /// false never.
    /// </summary>
    public bool? UseBatching { get; init; }

    /// <summary>Whether binding <c>[::]</c> takes IPv4 too; default true. Other addresses take their own family only.</summary>
    public bool DualStack { get; init; } = true;

    /// <summary>
    /// Whether another socket that asks for it as well may bind the same port; default false. The reference always asks; then
    /// a second node on the port takes the first one's datagrams and neither hears of it.
    /// </summary>
    public bool ReuseAddress { get; init; }

    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(BindAddress);
        ArgumentOutOfRangeException.ThrowIfLessThan(ReceiveBufferBytes, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(SendBufferBytes, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDatagramBytes, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDatagramBytes, MaxUdpPayloadBytes);
    }
}
