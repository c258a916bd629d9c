using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;

// Writes every frame of every interface of the present network namespace to a pcap file, until SIGTERM or SIGINT: what eng/netlab
// uses where there is no tcpdump. Needs CAP_NET_RAW.
if (args is not [var path])
{
    Console.Error.WriteLine("Usage: Net.Mesh.Capture FILE.pcap");
    return 2;
}

const ProtocolType EveryProtocol = (ProtocolType)0x0300; // ETH_P_ALL in network order
const int SocketLevel = 1, ReceiveBufferForce = 33;
using var stop = new CancellationTokenSource();
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var socket = new Socket(AddressFamily.Packet, SocketType.Raw, EveryProtocol);
socket.SetRawSocketOption(SocketLevel, ReceiveBufferForce, BitConverter.GetBytes(64 << 20));
await using FileStream file = File.Create(path);
await file.WriteAsync(PcapHeader());
Console.WriteLine("ready");

byte[] record = new byte[16 + 70_000];
long frames = 0;
try
{
    while (true)
    {
        int length = await socket.ReceiveAsync(record.AsMemory(16), stop.Token);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), length);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(12), length);
        await file.WriteAsync(record.AsMemory(0, 16 + length));
        frames++;
    }
}
catch (OperationCanceledException)
{
    Console.WriteLine($"frames {frames}");
    return 0;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

// Microseconds, Ethernet, whole frames; times are left at zero, for nobody asks for them.
static byte[] PcapHeader()
{
    byte[] header = new byte[24];
    BinaryPrimitives.WriteUInt32LittleEndian(header, 0xA1B2C3D4);
    BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
    BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
    BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(16), 262_144);
    BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(20), 1);
    return header;
}
