using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>BLAKE2s-256 taken piece by piece. Lives on the stack of one caller; <see cref="Finish"/> wipes it.</summary>
internal struct Blake2sState
{
    public const int BlockBytes = 64;

    private Chain _chain;
    private Block _block;
    private int _filled;
    private ulong _counted;

    /// <summary>Starts without a key.</summary>
    public Blake2sState() => Start(keyLength: 0);

    /// <summary>Starts with a key of 1 to 32 bytes, which RFC 7693 §2.5 sets in front as a block of its own.</summary>
    public Blake2sState(ReadOnlySpan<byte> key)
    {
        Start(key.Length);
        key.CopyTo(_block);
        _filled = BlockBytes;
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            // The last block is compressed with the final flag, so a full one waits until more follows.
            if (_filled == BlockBytes)
                CompressBlock(isLast: false);
            int taken = Math.Min(BlockBytes - _filled, data.Length);
            data[..taken].CopyTo(((Span<byte>)_block)[_filled..]);
            _filled += taken;
            data = data[taken..];
        }
    }

    /// <summary>Writes the digest to the first 32 bytes of <paramref name="destination"/> and wipes this state.</summary>
    public void Finish(Span<byte> destination)
    {
        ((Span<byte>)_block)[_filled..].Clear();
        CompressBlock(isLast: true);
        for (int i = 0; i < Chain.Words; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination[(i * sizeof(uint))..], _chain[i]);
        CryptographicOperations.ZeroMemory(_block);
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes((Span<uint>)_chain));
    }

    private void Start(int keyLength)
    {
        Blake2sCompression.InitialVector.CopyTo(_chain);
        _chain[0] ^= 0x0101_0000u ^ ((uint)keyLength << 8) ^ Blake2s.HashBytes;
    }

    private void CompressBlock(bool isLast)
    {
        _counted += (uint)_filled;
        Blake2sCompression.Compress(_chain, _block, _counted, isLast);
        _filled = 0;
    }

    [InlineArray(Words)]
    private struct Chain
    {
        public const int Words = 8;
        private uint _first;
    }

    [InlineArray(BlockBytes)]
    private struct Block
    {
        private byte _first;
    }
}
