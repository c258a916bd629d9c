using System.Buffers.Binary;
using System.Security.Cryptography;
using OpenSslCipher = System.Security.Cryptography.ChaCha20Poly1305;

namespace Net.Mesh.Crypto;

/// <summary>
/// ChaCha20-Poly1305 for one direction of one session (spec 01 §5). <see cref="Seal"/> and <see cref="TryOpen"/> may be
/// called from many threads at once; neither allocates. Whoever seals must never give a counter twice.
/// </summary>
/// <remarks>
/// Two implementations stand behind it: libsodium has the smaller fixed cost, OpenSSL the smaller cost a byte, and they meet
/// between 1 and 1.5 KB. An OpenSSL context serves one caller at a time; whoever finds it taken uses libsodium instead of waiting.
/// </remarks>
public sealed class PacketCipher : IDisposable
{
    /// <summary>The length of a key in bytes: 32.</summary>
    public const int KeyBytes = 32;

    /// <summary>How many bytes a sealed packet is longer than its plaintext: 16.</summary>
    public const int TagBytes = 16;

    private const int NonceBytes = 12;

    // From this size on OpenSSL is the faster one.
    private const int LargeBytes = 1280;

    // OpenSSL's wrapper throws at a wrong tag; after one, so many packets are opened by libsodium, which does not, so that
    // a forger cannot have every datagram cost an exception.
    private const int OpensAfterForgery = 1024;

    // Pinned, so that the collector leaves no copies; never handed out, see CopyKey.
    private readonly byte[] _key = GC.AllocateArray<byte>(KeyBytes, pinned: true);
    private readonly bool _usesOpenSsl;
    private OpenSslCipher? _spare;
    private int _hasSpare;
    private int _opensWithoutSpare;
    private volatile bool _isDisposed;

    /// <summary>Takes a key over; it is copied.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="sessionId">The session's id, from which the first four bytes of every nonce come.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public PacketCipher(ReadOnlySpan<byte> key, ulong sessionId)
        : this(key, sessionId, OpenSslCipher.IsSupported)
    {
    }

    internal PacketCipher(ReadOnlySpan<byte> key, ulong sessionId, bool usesOpenSsl)
    {
        if (key.Length != KeyBytes)
            throw new ArgumentException($"A packet key has {KeyBytes} bytes; {key.Length} were given.", nameof(key));
        NoncePrefix = PrefixOf(sessionId);
        key.CopyTo(_key);
        _usesOpenSsl = usesOpenSsl;
    }

    /// <summary>The number whose four little-endian bytes begin every nonce of this session.</summary>
    public uint NoncePrefix { get; }

    /// <summary>The nonce prefix of a session: both halves of its id, so that no bit of it is lost (spec 01 §5.2, T19).</summary>
    public static uint PrefixOf(ulong sessionId) => (uint)sessionId ^ (uint)(sessionId >> 32);

    /// <summary>Encrypts a packet's payload and appends the tag.</summary>
    /// <param name="counter">The direction's next counter; each value once.</param>
    /// <param name="aad">What is authenticated beside the payload: the header without its nonce and hop count.</param>
    /// <param name="plaintext">The payload.</param>
    /// <param name="destination">At least 16 bytes longer than <paramref name="plaintext"/>; it may start at the same place.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short, or overlaps the payload at another place.</exception>
    /// <exception cref="ObjectDisposedException">The key has been wiped.</exception>
    public void Seal(ulong counter, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        if (destination.Length - TagBytes < plaintext.Length)
            throw new ArgumentException($"A payload of {plaintext.Length} bytes takes {plaintext.Length + TagBytes} sealed; the destination has {destination.Length}.", nameof(destination));
        destination = destination[..(plaintext.Length + TagBytes)];
        if (plaintext.Overlaps(destination, out int offset) && offset != 0)
            throw new ArgumentException($"The destination overlaps the payload, {offset} bytes from its start; it may only start at the same place.", nameof(destination));
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, counter);
        Span<byte> key = stackalloc byte[KeyBytes];
        ObjectDisposedException.ThrowIf(!TryCopyKey(key), this);
        if (plaintext.Length >= LargeBytes && TakeSpare(key) is { } spare)
            SealWith(spare, nonce, aad, plaintext, destination);
        else
            Sodium.Encrypt(key, nonce, aad, plaintext, destination);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Decrypts a packet's payload if its tag is right.</summary>
    /// <param name="counter">The counter from the packet's header.</param>
    /// <param name="aad">What was authenticated beside the payload.</param>
    /// <param name="ciphertextAndTag">The sealed payload.</param>
    /// <param name="plaintext">At most 16 bytes shorter than <paramref name="ciphertextAndTag"/>; it may start at the same place.</param>
    /// <returns>
    /// False when the tag is wrong, there is none, <paramref name="plaintext"/> is too short or the key has been wiped;
    /// <paramref name="plaintext"/> holds nothing of use then.
    /// </returns>
    /// <exception cref="ArgumentException"><paramref name="plaintext"/> overlaps the sealed payload at another place.</exception>
    public bool TryOpen(ulong counter, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        int length = ciphertextAndTag.Length - TagBytes;
        if (length < 0 || plaintext.Length < length || _isDisposed)
            return false;
        plaintext = plaintext[..length];
        if (ciphertextAndTag.Overlaps(plaintext, out int offset) && offset != 0)
            throw new ArgumentException($"The plaintext overlaps the sealed payload, {offset} bytes from its start; it may only start at the same place.", nameof(plaintext));
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, counter);
        Span<byte> key = stackalloc byte[KeyBytes];
        // False when the session ended on another thread while this packet was on its way.
        if (!TryCopyKey(key))
            return false;
        bool isOpen = length >= LargeBytes && MayThrow() && TakeSpare(key) is { } spare
            ? TryOpenWith(spare, nonce, aad, ciphertextAndTag, plaintext)
            : Sodium.TryDecrypt(key, nonce, aad, ciphertextAndTag, plaintext);
        CryptographicOperations.ZeroMemory(key);
        return isOpen;
    }

    /// <summary>Names the prefix only.</summary>
    public override string ToString() => $"ChaCha20-Poly1305, nonce prefix 0x{NoncePrefix:x8} [REDACTED]";

    /// <summary>Wipes the key. Calling it again does nothing.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_key);
        Interlocked.Exchange(ref _spare, null)?.Dispose();
    }

    private void SealWith(OpenSslCipher spare, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        try
        {
            spare.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], aad);
        }
        finally
        {
            GiveBack(spare);
        }
    }

    private bool TryOpenWith(OpenSslCipher spare, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        try
        {
            spare.Decrypt(nonce, ciphertextAndTag[..plaintext.Length], ciphertextAndTag[plaintext.Length..], plaintext, aad);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            Volatile.Write(ref _opensWithoutSpare, OpensAfterForgery);
            return false;
        }
        finally
        {
            GiveBack(spare);
        }
    }

    private bool MayThrow()
    {
        int left = Volatile.Read(ref _opensWithoutSpare);
        if (left <= 0)
            return true;
        // A lost update only moves the moment at which the faster way is tried again.
        Volatile.Write(ref _opensWithoutSpare, left - 1);
        return false;
    }

    // A key that is being wiped must not pass for a key of zeros (spec 01 T16): the flag is set before the wiping begins, so a copy
    // that was made before the flag was seen is whole.
    private bool TryCopyKey(Span<byte> copy)
    {
        _key.CopyTo(copy);
        Volatile.ReadBarrier();
        return !_isDisposed;
    }

    // The first large packet makes the context: an idle session does without.
    private OpenSslCipher? TakeSpare(ReadOnlySpan<byte> key)
    {
        if (!_usesOpenSsl)
            return null;
        OpenSslCipher? spare = Interlocked.Exchange(ref _spare, null);
        return spare is null && Interlocked.Exchange(ref _hasSpare, 1) == 0 ? new(key) : spare;
    }

    private void GiveBack(OpenSslCipher spare)
    {
        Interlocked.Exchange(ref _spare, spare);
        // Disposed of meanwhile: whoever takes it out now wipes it.
        if (_isDisposed)
            Interlocked.Exchange(ref _spare, null)?.Dispose();
    }

    private void WriteNonce(Span<byte> nonce, ulong counter)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(nonce, NoncePrefix);
        BinaryPrimitives.WriteUInt64LittleEndian(nonce[sizeof(uint)..], counter);
    }
}
