using System.Security.Cryptography;

namespace Net.Mesh.Crypto;

/// <summary>Files with a secret of 32 bytes: raw, or as 64 hexadecimal digits.</summary>
public static class KeyFile
{
    /// <summary>Reads a secret; a file that others may read is refused.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What the secret is, for messages.</param>
    /// <exception cref="MeshException">Kind <c>key-file</c>: it is missing, open to others, or no key.</exception>
    public static byte[] Read(string path, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new MeshException("key-file", $"The file '{path}' with the {what} does not exist.");
        RefuseIfOpen(path, what);
        byte[] content = File.ReadAllBytes(path);
        try
        {
            return content.Length == 32 ? [.. content] : FromHex(content, path, what);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>Writes a secret as hexadecimal digits into a new file that only its owner may read.</summary>
    /// <exception cref="MeshException">Kind <c>key-file</c>: the file exists.</exception>
    public static void Write(string path, ReadOnlySpan<byte> secret, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (File.Exists(path))
            throw new MeshException("key-file", $"'{path}' exists already; it is not overwritten, because whatever is known by the {what} in it would be lost. Choose another name, or delete it first.");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new FileStream(path, options);
        Span<byte> text = stackalloc byte[65];
        Convert.TryToHexStringLower(secret, text, out int written);
        text[written++] = (byte)'\n';
        file.Write(text[..written]);
        file.Flush(flushToDisk: true);
        CryptographicOperations.ZeroMemory(text);
    }

    private static byte[] FromHex(byte[] content, string path, string what)
    {
        ReadOnlySpan<byte> digits = content.AsSpan().Trim(" \t\r\n"u8);
        byte[] key = new byte[32];
        if (digits.Length == 64 && Convert.FromHexString(digits, key, out _, out int written) == System.Buffers.OperationStatus.Done && written == 32)
            return key;
        throw new MeshException("key-file", $"'{path}' holds no {what}: it takes 32 bytes or 64 hexadecimal digits, and has {content.Length} bytes.");
    }

    private static void RefuseIfOpen(string path, string what)
    {
        if (OperatingSystem.IsWindows())
            return;
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        UnixFileMode mode = File.GetUnixFileMode(path);
        if ((mode & Others) != 0)
            throw new MeshException("key-file", $"'{path}' with the {what} is open to others ({mode}). Run: chmod 600 {path}");
    }
}
