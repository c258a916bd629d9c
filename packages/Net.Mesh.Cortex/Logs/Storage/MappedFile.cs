using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cortex.Logs.Storage;

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

    /// <summary>What is copied from its beginning to its end. The C library's copy of more may store the first bytes last, and a process that dies in it would leave a batch without its beginning.</summary>
    private const int PieceInOrder = 102 * RedexEntry.Size;

    private static readonly byte[] Zeros = new byte[64 * 1024];

    private readonly SafeFileHandle _handle;
    private readonly int _largestStep;
    private MemoryMappedFile? _map;
    private MemoryMappedViewAccessor? _view;
    private byte* _pointer;
    private long _viewStart;
    private long _capacity;
    private long _written;
    private int _step = FirstStep;
    private bool _isClosed;

    /// <param name="handle">Opened to read and write.</param>
    /// <param name="largestStep">How many bytes of room are made at once, at most.</param>
    public MappedFile(SafeFileHandle handle, int largestStep)
    {
        _handle = handle;
        _largestStep = largestStep;
        Length = _capacity = _written = RandomAccess.GetLength(handle);
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
            CopyInOrder(bytes, target);
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
            _capacity = _written = length;
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
        // Asked, not remembered: a full disk may have taken a part of the zeros.
        if (RandomAccess.GetLength(_handle) != Length)
            RandomAccess.SetLength(_handle, Length);
        _capacity = _written = Length;
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
        MakeRoom(Length + bytes, Length + Math.Max(bytes, _step));
        Unmap();
        long start = Length;
        _map = MemoryMappedFile.CreateFromFile(_handle, null, _written, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _map.CreateViewAccessor(start, _written - start, MemoryMappedFileAccess.ReadWrite);
        byte* pointer = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        _pointer = pointer + _view.PointerOffset;
        _viewStart = start;
        // Only now: a copy must never go where nothing is mapped.
        _capacity = _written;
        _step = Math.Min(_step * 2, _largestStep);
    }

    private static void CopyInOrder(ReadOnlySpan<byte> bytes, byte* target)
    {
        while (bytes.Length > PieceInOrder)
        {
            bytes[..PieceInOrder].CopyTo(new Span<byte>(target, PieceInOrder));
            target += PieceInOrder;
            bytes = bytes[PieceInOrder..];
        }
        bytes.CopyTo(new Span<byte>(target, bytes.Length));
    }

    // On a disk that is nearly full less than was wanted will do.
    private void MakeRoom(long needed, long wanted)
    {
        try
        {
            while (_written < wanted)
            {
                int length = (int)Math.Min(Zeros.Length, wanted - _written);
                RandomAccess.Write(_handle, Zeros.AsSpan(0, length), _written);
                _written += length;
            }
        }
        catch (IOException)
        {
            // A part of the last piece may be there; with it the room may be enough for now. What is not needed others may.
            _written = RandomAccess.GetLength(_handle);
            if (_written > Math.Max(needed, _capacity))
            {
                _written = Math.Max(needed, _capacity);
                RandomAccess.SetLength(_handle, _written);
            }
            if (_written < needed)
                throw;
        }
    }

    private void Unmap()
    {
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            // The handle first: an accessor that is disposed of while its handle is open waits for the disk.
            _view.SafeMemoryMappedViewHandle.Dispose();
            _view.Dispose();
        }
        _map?.Dispose();
        _view = null;
        _map = null;
        _pointer = null;
    }
}
