using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Net.Mesh.Bus;

/// <summary>
/// The file that keeps a producer's identity over restarts: nine bytes, <c>01</c> and the nonce in little-endian
/// (spec 05 §8.1).
/// </summary>
public static class ProducerNonceFile
{
    private const int Length = 9;
    private const byte Version = 1;

    private static readonly Lock CreateLock = new();

    /// <summary>
    /// Reads the nonce, or makes one and writes it so that a crash leaves either no file or a whole one. Callers of one process
    /// agree on the nonce of the file. Of processes that start at once for the first time the last one's nonce stays; a bus
    /// holds the producer's journal meanwhile, so that only one of them goes on.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="InvalidDataException">The file is not a nonce file.</exception>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read or written.</exception>
    public static ulong LoadOrCreate(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            return Read(path);
        }
        catch (FileNotFoundException)
        {
        }
        lock (CreateLock)
        {
            if (!File.Exists(path))
                Create(path, NewNonce());
            return Read(path); // what the file says counts, whoever wrote it last
        }
    }

    /// <summary>A random nonce, never 0.</summary>
    internal static ulong NewNonce()
    {
        Span<byte> bytes = stackalloc byte[8];
        RandomNumberGenerator.Fill(bytes);
        ulong nonce = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return nonce == 0 ? 1 : nonce;
    }

    private static ulong Read(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        if (content.Length != Length)
            throw new InvalidDataException($"nonce file {path} has length {content.Length} (expected {Length}: a version byte and 8 bytes). Restore it, or remove it to start with a new identity.");
        if (content[0] != Version)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture,
                $"nonce file {path} has version 0x{content[0]:x2} (expected 0x01). It was written by a newer release, or is no nonce file."));
        return BinaryPrimitives.ReadUInt64LittleEndian(content.AsSpan(1));
    }

    private static void Create(string path, ulong nonce)
    {
        Span<byte> content = stackalloc byte[Length];
        content[0] = Version;
        BinaryPrimitives.WriteUInt64LittleEndian(content[1..], nonce);

        // In the same folder so that the rename is atomic; a random name so that two starts never share it (T32).
        string temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():n}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                file.Write(content);
                file.Flush(flushToDisk: true); // through the handle that wrote, and a failure is a failure (T32)
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
