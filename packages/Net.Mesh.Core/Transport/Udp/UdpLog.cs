using Microsoft.Extensions.Logging;

namespace Net.Mesh.Transport;

/// <summary>What the UDP transports log: nothing per datagram.</summary>
internal static partial class UdpLog
{
    [LoggerMessage(101, LogLevel.Information, "UDP bound to {Address}: {Description}")]
    public static partial void UdpBound(this ILogger log, DatagramAddress address, string description);

    [LoggerMessage(102, LogLevel.Error, "the UDP receiver threw; its batch is lost, reception goes on and further ones are not logged")]
    public static partial void UdpReceiverThrew(this ILogger log, Exception cause);

    [LoggerMessage(103, LogLevel.Error, "UDP reception on {Address} ended for good")]
    public static partial void UdpReceptionEnded(this ILogger log, Exception cause, DatagramAddress address);

    [LoggerMessage(104, LogLevel.Warning, "UDP reception on {Address} failed with error {Error}; further ones are only counted")]
    public static partial void UdpReceptionFailed(this ILogger log, DatagramAddress address, int error);
}
