using System.Buffers.Binary;

namespace Net.Mesh.Transport.Tests.Support;

/// <summary>Shorthand for tests that send.</summary>
internal static class Sending
{
    /// <summary>Bytes that tell two datagrams apart, and a shifted one from a straight one.</summary>
    public static byte[] Payload(int length, int salt)
    {
        var payload = new byte[length];
        for (int i = 0; i < length; i++)
            payload[i] = (byte)((i * 7) + (salt * 31) + (i >> 8));
        return payload;
    }

    /// <summary>A datagram that begins with a number.</summary>
    public static byte[] Numbered(int number, int length)
    {
        byte[] payload = Payload(length, number);
        BinaryPrimitives.WriteInt32LittleEndian(payload, number);
        return payload;
    }

    public static int NumberOf(byte[] payload) => BinaryPrimitives.ReadInt32LittleEndian(payload);

    public static DatagramBatch Batch(params ReadOnlySpan<(DatagramAddress To, byte[] Payload)> datagrams)
    {
        int bytes = 1;
        foreach ((_, byte[] payload) in datagrams)
            bytes += payload.Length;
        var batch = new DatagramBatch(bytes, Math.Max(1, datagrams.Length));
        foreach ((DatagramAddress to, byte[] payload) in datagrams)
        {
            payload.CopyTo(batch.Reserve(payload.Length));
            batch.Commit(payload.Length, to);
        }
        return batch;
    }

    public static int Send(this IDatagramTransport transport, DatagramAddress to, params ReadOnlySpan<byte[]> payloads)
    {
        var datagrams = new (DatagramAddress, byte[])[payloads.Length];
        for (int i = 0; i < payloads.Length; i++)
            datagrams[i] = (to, payloads[i]);
        return transport.Send(Batch(datagrams));
    }

    /// <summary>Where another socket on this machine reaches a transport.</summary>
    public static DatagramAddress Loopback(this IDatagramTransport transport) => DatagramAddress.From(new(
        transport.LocalAddress.IsIPv6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, transport.LocalAddress.Port));
}
