using System.Buffers.Binary;
using NSec.Cryptography;
using BclCipher = System.Security.Cryptography.ChaCha20Poly1305;

namespace Net.Mesh.Benchmarks.Transport.Udp;

/// <summary>
/// As many messages as a packet of 8,192 bytes holds, each behind its length, sealed with ChaCha20-Poly1305 under a header of
/// 64 bytes: the work that a mesh packet cannot be had without. Long packets go to the faster of the two implementations there.
/// </summary>
internal sealed class SealedForm : IDatagramForm
{
    private const int HeaderLength = 64;
    private const int TagLength = 16;
    private const int MaxPayload = 8192 - HeaderLength - TagLength;
    private const int FrameHeader = 4;
    private const int BclFrom = 3000;

    private static readonly byte[] KeyBytes = [.. Enumerable.Range(1, 32).Select(i => (byte)i)]; // both ends know it; nothing secret passes

    private readonly BclCipher? _long = BclCipher.IsSupported ? new(KeyBytes) : null;
    private readonly Key _key = Key.Import(AeadAlgorithm.ChaCha20Poly1305, KeyBytes, KeyBlobFormat.RawSymmetricKey);

    public int MessagesOf(int size) => Math.Max(1, MaxPayload / (FrameHeader + size));

    public int LengthOf(int size, int messages) => HeaderLength + (messages * (FrameHeader + size)) + TagLength;

    public int SizeIn(int datagramLength) => datagramLength - HeaderLength - FrameHeader - TagLength;

    public void Write(Span<byte> datagram, DatagramKind kind, long sequence, int size)
    {
        PlainForm.WriteHead(datagram, kind, sequence);
        Span<byte> payload = datagram[HeaderLength..^TagLength];
        for (int offset = 0; offset < payload.Length; offset += FrameHeader + size)
        {
            BinaryPrimitives.WriteInt32LittleEndian(payload[offset..], size);
            payload.Slice(offset + FrameHeader, size).Fill((byte)offset); // a message is copied into its packet
        }
        Seal(datagram, sequence);
    }

    public int Read(Span<byte> datagram, out DatagramKind kind, out long sequence)
    {
        (kind, sequence) = PlainForm.ReadHead(datagram);
        if (kind == DatagramKind.Confirmation)
            return 0;
        if (!TryOpen(datagram, sequence))
            return -1;
        ReadOnlySpan<byte> payload = datagram[HeaderLength..^TagLength];
        int count = 0;
        for (int offset = 0; offset < payload.Length; offset += FrameHeader + BinaryPrimitives.ReadInt32LittleEndian(payload[offset..]))
            count++;
        return count;
    }

    public void Dispose()
    {
        _long?.Dispose();
        _key.Dispose();
    }

    private void Seal(Span<byte> datagram, long sequence)
    {
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(nonce[4..], sequence);
        ReadOnlySpan<byte> header = datagram[..HeaderLength];
        Span<byte> payload = datagram[HeaderLength..^TagLength];
        if (_long is not null && payload.Length >= BclFrom)
            _long.Encrypt(nonce, payload, payload, datagram[^TagLength..], header);
        else
            AeadAlgorithm.ChaCha20Poly1305.Encrypt(_key, nonce, header, payload, datagram[HeaderLength..]);
    }

    private bool TryOpen(Span<byte> datagram, long sequence)
    {
        if (datagram.Length < HeaderLength + TagLength)
            return false;
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(nonce[4..], sequence);
        ReadOnlySpan<byte> header = datagram[..HeaderLength];
        Span<byte> payload = datagram[HeaderLength..^TagLength];
        if (_long is null || payload.Length < BclFrom)
            return AeadAlgorithm.ChaCha20Poly1305.Decrypt(_key, nonce, header, datagram[HeaderLength..], payload);
        try
        {
            _long.Decrypt(nonce, payload, datagram[^TagLength..], payload, header);
            return true;
        }
        catch (System.Security.Cryptography.AuthenticationTagMismatchException)
        {
            return false;
        }
    }
}
