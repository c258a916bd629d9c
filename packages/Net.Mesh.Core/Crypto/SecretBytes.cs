using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>A pinned array that holds secrets, so that the collector leaves no copies of it behind; wiped when disposed of.</summary>
internal sealed class SecretBytes(int length) : IDisposable
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(length, pinned: true);
    private volatile bool _isDisposed;

    public bool IsDisposed => _isDisposed;

    /// <summary>The bytes.</summary>
    /// <exception cref="ObjectDisposedException">They have been wiped: a wiped key must never pass for a key of zeros (spec 01, T16).</exception>
    public Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _bytes;
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }
}
