using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Net.Mesh.Transport;

/// <summary>The Linux calls that .NET has no name for. Layouts are those of 64-bit Linux, glibc and musl alike.</summary>
[SupportedOSPlatform("linux")]
internal static unsafe partial class LibC
{
    /// <summary>recvmmsg(2): at least one datagram, and those that wait behind it.</summary>
    [LibraryImport("libc", EntryPoint = "recvmmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int ReceiveMessages(SafeHandle socket, Message* messages, uint count, int flags, void* timeout);

    /// <summary>sendmmsg(2): the number of messages sent, which may be less than all.</summary>
    [LibraryImport("libc", EntryPoint = "sendmmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int SendMessages(SafeHandle socket, Message* messages, uint count, int flags);

    /// <summary>shutdown(2): wakes a receiver, also on a socket that is not connected, where it reports ENOTCONN as well.</summary>
    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    public static partial int Shutdown(SafeHandle socket, int how);

    public const int AddressFamilyIPv4 = 2;
    public const int AddressFamilyIPv6 = 10;
    public const int ShutdownRead = 0;

    public const int SolUdp = 17;
    public const int UdpSegment = 103;
    public const int UdpGro = 104;

    public const int MsgControlTruncated = 0x8;
    public const int MsgTruncated = 0x20;
    public const int MsgDontWait = 0x40;
    public const int MsgWaitForOne = 0x10000;

    public const int ErrorInterrupted = 4;
    public const int ErrorIO = 5;
    public const int ErrorBadDescriptor = 9;
    public const int ErrorAgain = 11;
    public const int ErrorInvalid = 22;
    public const int ErrorNotSocket = 88;
    public const int ErrorMessageSize = 90;
    public const int ErrorNoProtocolOption = 92;
    public const int ErrorNotSupported = 95;
    public const int ErrorNetworkUnreachable = 101;
    public const int ErrorNoBuffers = 105;
    public const int ErrorConnectionRefused = 111;
    public const int ErrorHostUnreachable = 113;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Start;
    public nuint Length;
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public byte* Name;
    public uint NameLength;
    public IoVector* Vectors;
    public nuint VectorCount;
    public byte* Control;
    public nuint ControlLength;
    public int Flags;
}

/// <summary>struct mmsghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Message
{
    public MessageHeader Header;
    public uint Length;
}

/// <summary>struct cmsghdr with room for the segment size, which is 16 bits on the way out and 32 on the way in.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
[SupportedOSPlatform("linux")]
internal struct SegmentControl
{
    public nuint Length;
    public int Level;
    public int Type;
    public int Value;

    /// <summary>The length of the header alone.</summary>
    public const int HeaderLength = 16;

    /// <summary>The control message that has the kernel cut a message into datagrams of a size.</summary>
    public static SegmentControl ForSending(ushort segmentSize) => new()
    {
        Length = HeaderLength + sizeof(ushort),
        Level = LibC.SolUdp,
        Type = LibC.UdpSegment,
        Value = BitConverter.IsLittleEndian ? segmentSize : segmentSize << 16,
    };
}
