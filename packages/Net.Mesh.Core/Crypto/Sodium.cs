using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Net.Mesh.Crypto;

/// <summary>
/// libsodium's ChaCha20-Poly1305 with a key in memory of ours. NSec keeps each key in a guarded page of its own: right for a few
/// keys, but a node with ten thousand sessions would run into the system's limit of mappings.
/// </summary>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium";

    [SuppressMessage("Performance", "CA1810", Justification = "The library has to be initialised before its first use, and its answer checked.")]
    static Sodium()
    {
        if (sodium_init() < 0)
            throw new MeshException("libsodium", "libsodium could not be initialised; the process has no source of randomness.");
    }

    public static void Encrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> plaintext, Span<byte> destination)
    {
        ulong length;
        fixed (byte* k = key, n = nonce, a = aad, p = plaintext, c = destination)
            _ = crypto_aead_chacha20poly1305_ietf_encrypt(c, &length, p, (ulong)plaintext.Length, a, (ulong)aad.Length, null, n, k);
    }

    public static bool TryDecrypt(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> aad, ReadOnlySpan<byte> ciphertextAndTag, Span<byte> plaintext)
    {
        ulong length;
        fixed (byte* k = key, n = nonce, a = aad, c = ciphertextAndTag, p = plaintext)
            return crypto_aead_chacha20poly1305_ietf_decrypt(p, &length, null, c, (ulong)ciphertextAndTag.Length, a, (ulong)aad.Length, n, k) == 0;
    }

#pragma warning disable SA1300, IDE1006 // The library's own names.
    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int crypto_aead_chacha20poly1305_ietf_encrypt(byte* c, ulong* clen, byte* m, ulong mlen, byte* ad, ulong adlen, byte* nsec, byte* npub, byte* k);

    [LibraryImport(Library)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories | DllImportSearchPath.AssemblyDirectory)]
    private static partial int crypto_aead_chacha20poly1305_ietf_decrypt(byte* m, ulong* mlen, byte* nsec, byte* c, ulong clen, byte* ad, ulong adlen, byte* npub, byte* k);
#pragma warning restore SA1300, IDE1006
}
