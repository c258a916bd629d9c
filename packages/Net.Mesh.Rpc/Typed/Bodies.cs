using System.Buffers;

namespace Net.Mesh.Rpc.Typed;

/// <summary>Bodies from values and values from bodies; what a codec throws becomes an exception of calls.</summary>
internal static class Bodies
{
    private const int MaxKeptBytes = 256 * 1024;
    private const int MaxDetail = 300;

    [ThreadStatic] private static ArrayBufferWriter<byte>? t_scratch;

    /// <summary>A body in rented memory.</summary>
    public static RentedBody Rent<T>(RpcCodec<T> codec, T value)
    {
        ArrayBufferWriter<byte> scratch = TakeScratch();
        Encode(codec, value, scratch);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(scratch.WrittenCount);
        scratch.WrittenSpan.CopyTo(buffer);
        var body = new RentedBody(buffer, scratch.WrittenCount);
        GiveBack(scratch);
        return body;
    }

    /// <summary>A body in memory of its own.</summary>
    public static byte[] Create<T>(RpcCodec<T> codec, T value)
    {
        ArrayBufferWriter<byte> scratch = TakeScratch();
        Encode(codec, value, scratch);
        byte[] body = scratch.WrittenSpan.ToArray();
        GiveBack(scratch);
        return body;
    }

    /// <summary>A body in memory that the next one takes again.</summary>
    public static ReadOnlyMemory<byte> Next<T>(RpcCodec<T> codec, T value, ArrayBufferWriter<byte> memory)
    {
        memory.ResetWrittenCount();
        Encode(codec, value, memory);
        return memory.WrittenMemory;
    }

    /// <exception cref="RpcCodecException">The bytes are no such value.</exception>
    public static T Decode<T>(RpcCodec<T> codec, ReadOnlySpan<byte> body, string what)
    {
        try
        {
            return codec.Read(body);
        }
#pragma warning disable CA1031 // A codec may be anybody's, and throw anything.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            throw new RpcCodecException(RpcDirection.Decode, $"{what}: {body.Length} bytes are no {typeof(T).Name}: {Shorten(cause.Message)}", cause);
        }
    }

    /// <summary>Reads what a caller sent; when that is nothing, the caller is told so (spec 07 §9.1).</summary>
    public static T DecodeRequest<T>(RpcCodec<T> codec, ReadOnlySpan<byte> body, string what)
    {
        try
        {
            return codec.Read(body);
        }
#pragma warning disable CA1031 // A codec may be anybody's, and throw anything.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            throw new RpcApplicationException(RpcStatus.TypedBadRequest, $"{what}: bad request body: {Shorten(cause.Message)}");
        }
    }

    private static void Encode<T>(RpcCodec<T> codec, T value, ArrayBufferWriter<byte> destination)
    {
        try
        {
            codec.Write(value, destination);
        }
#pragma warning disable CA1031 // A codec may be anybody's, and throw anything.
        catch (Exception cause)
#pragma warning restore CA1031
        {
            throw new RpcCodecException(RpcDirection.Encode, $"typed encode: this {typeof(T).Name} cannot be written: {Shorten(cause.Message)}", cause);
        }
    }

    // A message may quote what came, and that may be long.
    private static string Shorten(string message) => message.Length <= MaxDetail ? message : message[..MaxDetail] + "…";

    // A converter may make a call of its own while this thread writes: what is taken is nobody else's.
    private static ArrayBufferWriter<byte> TakeScratch()
    {
        ArrayBufferWriter<byte> scratch = t_scratch ?? new(1024);
        t_scratch = null;
        scratch.ResetWrittenCount();
        return scratch;
    }

    private static void GiveBack(ArrayBufferWriter<byte> scratch)
    {
        if (scratch.Capacity <= MaxKeptBytes)
            t_scratch = scratch;
    }
}

/// <summary>A body in rented memory; whoever has it gives it back.</summary>
internal readonly record struct RentedBody(byte[] Buffer, int Length)
{
    public ReadOnlyMemory<byte> Memory => Buffer.AsMemory(0, Length);

    public void Return() => ArrayPool<byte>.Shared.Return(Buffer);
}
