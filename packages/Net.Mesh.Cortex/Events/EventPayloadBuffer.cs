using System.Buffers;
using System.IO.Hashing;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Events;

/// <summary>
/// Builds one event after another in the same memory: begin, write the tail, seal. What <see cref="Seal"/> returns is good until
/// the next begin. Of one thread; <see cref="OfThisThread"/> has one ready.
/// </summary>
internal sealed class EventPayloadBuffer : IBufferWriter<byte>
{
    private const int KeptBytes = 64 * 1024;

    [ThreadStatic]
    private static EventPayloadBuffer? _ofThisThread;

    private byte[] _bytes = new byte[512];
    private int _length;
    private EventMeta _meta;

    public static EventPayloadBuffer OfThisThread => _ofThisThread ??= new EventPayloadBuffer();

    public PostcardWriter Begin(byte dispatch, OriginHash origin, ulong number)
    {
        if (_bytes.Length > KeptBytes)
            _bytes = new byte[512];
        _meta = new EventMeta(dispatch, origin, number);
        _length = EventMeta.Size;
        return new PostcardWriter(this);
    }

    /// <summary>Meta with checksum, and the tail. The writer has been flushed.</summary>
    public ReadOnlySpan<byte> Seal()
    {
        Span<byte> payload = _bytes.AsSpan(0, _length);
        _meta.Write(payload);
        (_meta with { Checksum = (uint)XxHash3.HashToUInt64(payload) }).Write(payload);
        return payload;
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Grow(sizeHint);
        return _bytes.AsSpan(_length);
    }

    private void Grow(int sizeHint)
    {
        int needed = checked(_length + Math.Max(1, sizeHint));
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
    }
}
