using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cortex.Storage;

/// <summary>
/// A file whose end is mapped into memory: an append is a copy, and is in the system's page cache when it returns, so it outlives
/// the process as a written one does.
/// </summary>
/// <remarks>
/// Room is made by writing zeros with system calls, so a full disk fails there, as an exception, and never in the copy, where it
/// would be a signal. Until the file is closed zeros may stand behind its end; recovery knows them.
/// </remarks>
internal sealed unsafe class MappedFile : IAppendFile
{
    private const int FirstStep = 32 * 1024;

    private static readonly byte[] Zeros = new byte[64 * 1024];

    private readonly SafeFileHandle _handle;
    private readonly int _largestStep;
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;
    private byte* _pointer;
    private long _viewStart;
    private long _capacity;
    private int _step = FirstStep;
    private bool _isClosed;

    /// <param name="handle">Opened to read and write.</param>
    /// <param name="largestStep">How many bytes of room are made at once, at most.</param>
    public MappedFile(SafeFileHandle handle, int largestStep)
    {
        _handle = handle;
        _largestStep = largestStep;
        Length = _capacity = RandomAccess.GetLength(handle);
    }

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        if (_view is null || Length + bytes.Length > _capacity)
            Grow(bytes.Length);
        byte* target = _pointer + (Length - _viewStart);
        // A record's last word goes last: whoever finds a record without it knows that the writer died in between.
        if (bytes.Length == RedexEntry.Size)
        {
            bytes[..16].CopyTo(new Span<byte>(target, 16));
            Volatile.Write(ref *(uint*)(target + 16), MemoryMarshal.Read<uint>(bytes[16..]));
        }
        else
        {
            bytes.CopyTo(new Span<byte>(target, bytes.Length));
        }
        Length += bytes.Length;
    }

    public void Truncate(long length)
    {
        if (length >= Length)
            return;
        if (_view is not null && length >= _viewStart)
        {
            new Span<byte>(_pointer + (length - _viewStart), checked((int)(Length - length))).Clear();
        }
        else
        {
            Unmap();
            RandomAccess.SetLength(_handle, length);
            _capacity = length;
        }
        Length = length;
    }

    public int Read(Span<byte> destination, long offset)
    {
        int wanted = (int)Math.Min(destination.Length, Math.Max(0, Length - offset));
        int total = 0;
        while (total < wanted)
        {
            int read = RandomAccess.Read(_handle, destination[total..wanted], offset + total);
            if (read == 0)
                break;
            total += read;
        }
        return total;
    }

    // On Linux and macOS this writes what was stored through a mapping as well: there is one page cache.
    public void Sync() => RandomAccess.FlushToDisk(_handle);

    public void Close()
    {
        if (_isClosed)
            return;
        Unmap();
        if (_capacity != Length)
        {
            RandomAccess.SetLength(_handle, Length);
            _capacity = Length;
        }
    }

    public void Dispose()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        Unmap();
        _handle.Dispose();
    }

    private void Grow(int bytes)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        long wanted = Length + Math.Max(bytes, _step);
        for (long at = _capacity; at < wanted;)
        {
            int length = (int)Math.Min(Zeros.Length, wanted - at);
            RandomAccess.Write(_handle, Zeros.AsSpan(0, length), at);
            at += length;
            _capacity = at;
        }
        Unmap();
        long start = Length;
        _map = MemoryMappedFile.CreateFromFile(_handle, null, _capacity, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(start, _capacity - start, MemoryMappedFileAccess.ReadWrite);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _pointer = pointer + _view.PointerOffset;
        _viewStart = start;
        _step = Math.Min(_step * 2, _largestStep);
    }

    private void Unmap()
    {
        if (_view is null)
            return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        // The handle first: an accessor that is disposed of while its handle is open waits for the disk.
        _view.SafeMemoryMappedViewHandle.Dispose();
        _view.Dispose();
        _map!.Dispose();
        _view = null;
        _map = null;
        _pointer = null;
    }
}
