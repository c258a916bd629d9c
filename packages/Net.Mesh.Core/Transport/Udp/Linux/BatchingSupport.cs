using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Net.Mesh.Transport;

/// <summary>Which of the batched calls this system has. Asking sends and receives nothing.</summary>
/// <param name="Segments">Whether one message may be cut into many datagrams on its way out (UDP_SEGMENT, Linux 4.18).</param>
/// <param name="Coalesces">Whether datagrams of one sender arrive as one message (UDP_GRO, Linux 5.0).</param>
internal readonly record struct BatchingSupport(bool Segments, bool Coalesces)
{
    /// <summary>What the description says of it.</summary>
    public string Extras => (Segments, Coalesces) switch
    {
        (true, true) => "with UDP_SEGMENT and UDP_GRO",
        (true, false) => "with UDP_SEGMENT, without UDP_GRO",
        (false, true) => "without UDP_SEGMENT, with UDP_GRO",
        (false, false) => "without UDP_SEGMENT and UDP_GRO",
    };

    /// <summary>Tries the calls on the socket, and switches coalescing on.</summary>
    /// <param name="socket">The bound socket, not yet read by anyone.</param>
    /// <param name="support">What there is.</param>
    /// <param name="reason">When there is nothing: why, to follow "because".</param>
    [SupportedOSPlatformGuard("linux")]
    public static bool Probe(Socket socket, out BatchingSupport support, out string reason)
    {
        support = default;
        reason = "the system is not 64-bit Linux";
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            return false;
        if (!CallsWork(socket.SafeHandle, out reason))
            return false;
        // A segment size of 0 cuts nothing, but only a kernel that can cut takes it.
        support = new(
            UdpSocket.TrySetRaw(socket, LibC.SolUdp, LibC.UdpSegment, 0),
            UdpSocket.TrySetRaw(socket, LibC.SolUdp, LibC.UdpGro, 1));
        return true;
    }

    [SupportedOSPlatform("linux")]
    private static unsafe bool CallsWork(SafeSocketHandle socket, out string reason)
    {
        reason = "";
        try
        {
            // A call with no messages does nothing, unless it is missing or forbidden.
            if (LibC.SendMessages(socket, null, 0, LibC.MsgDontWait) < 0)
                reason = $"sendmmsg fails with error {Marshal.GetLastPInvokeError()}";
            else if (LibC.ReceiveMessages(socket, null, 0, LibC.MsgDontWait, null) < 0)
                reason = $"recvmmsg fails with error {Marshal.GetLastPInvokeError()}";
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            reason = "the C library has no recvmmsg or sendmmsg";
        }
        return reason.Length == 0;
    }
}
