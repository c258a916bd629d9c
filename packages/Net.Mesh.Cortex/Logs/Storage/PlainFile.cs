using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>A file that is written by system calls: where mapping files is not safe, and for files that are written once.</summary>
internal sealed class PlainFile : IAppendFile
{
    private readonly SafeFileHandle _handle;

    public PlainFile(SafeFileHandle handle)
    {
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_handle, bytes, Length);
        Length += bytes.Length;
    }

    public void Truncate(long length)
    {
        RandomAccess.SetLength(_handle, length);
        Length = length;
    }

    public int Read(Span<byte> destination, long offset)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int read = RandomAccess.Read(_handle, destination[total..], offset + total);
            if (read == 0)
                break;
            total += read;
        }
        return total;
    }

    public void Sync() => RandomAccess.FlushToDisk(_handle);

    public void Close()
    {
        // It ends where its content ends, and is synced after this.
    }

    public void Dispose() => _handle.Dispose();
}
