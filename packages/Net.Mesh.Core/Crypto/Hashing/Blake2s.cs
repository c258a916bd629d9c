namespace Net.Mesh.Crypto;

/// <summary>
/// BLAKE2s-256 (RFC 7693): the hash of the Noise handshake, of node ids and of tickets. Thread-safe; allocates nothing.
/// </summary>
public static class Blake2s
{
    /// <summary>The length of a digest in bytes: 32.</summary>
    public const int HashBytes = 32;

    /// <summary>The length of the longest key in bytes: 32.</summary>
    public const int MaxKeyBytes = 32;

    /// <summary>Hashes <paramref name="data"/> without a key.</summary>
    /// <param name="data">Any number of bytes.</param>
    /// <param name="destination">At least 32 bytes; the first 32 are written. It may be the place of <paramref name="data"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> destination)
    {
        RequireRoom(destination);
        var state = new Blake2sState();
        state.Append(data);
        state.Finish(destination);
    }

    /// <summary>Hashes <paramref name="data"/> in RFC 7693's keyed mode.</summary>
    /// <param name="key">1 to 32 bytes.</param>
    /// <param name="data">Any number of bytes.</param>
    /// <param name="destination">At least 32 bytes; the first 32 are written. It may be the place of the key or the data.</param>
    /// <exception cref="ArgumentException">The key is empty or longer than 32 bytes, or <paramref name="destination"/> is shorter than 32 bytes.</exception>
    public static void KeyedHash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> destination)
    {
        if (key.Length is 0 or > MaxKeyBytes)
            throw new ArgumentException($"A BLAKE2s key has 1 to {MaxKeyBytes} bytes; {key.Length} were given.", nameof(key));
        RequireRoom(destination);
        var state = new Blake2sState(key);
        state.Append(data);
        state.Finish(destination);
    }

    private static void RequireRoom(Span<byte> destination)
    {
        if (destination.Length < HashBytes)
            throw new ArgumentException($"A BLAKE2s digest takes {HashBytes} bytes; the destination has {destination.Length}.", nameof(destination));
    }
}
