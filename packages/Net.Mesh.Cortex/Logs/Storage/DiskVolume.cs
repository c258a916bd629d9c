using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>The file system of this machine.</summary>
internal sealed partial class DiskVolume : IVolume
{
    /// <summary>The files of a segment grow by at most this much at once: what a process that dies leaves behind as zeros.</summary>
    private const int LargestStep = 1024 * 1024;

    private const int MostOfSmall = 64;

    public static DiskVolume Instance { get; } = new();

    private static bool CanMap => Environment.Is64BitProcess && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS());

    public void CreateDirectory(string path) => Checked(() => Directory.CreateDirectory(path));

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public bool FileExists(string path) => File.Exists(path);

    public IReadOnlyList<string> DirectoriesIn(string path) =>
        Directory.Exists(path) ? [.. Directory.EnumerateDirectories(path).Select(static directory => Path.GetFileName(directory)!)] : [];

    public byte[]? ReadSmall(string path)
    {
        if (!File.Exists(path))
            return null;
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[MostOfSmall];
        return bytes[..RandomAccess.Read(handle, bytes, 0)];
    }

    public IAppendFile Open(string path)
    {
        SafeFileHandle handle = Checked(() => File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));
        return CanMap ? new MappedFile(handle, LargestStep) : new PlainFile(handle);
    }

    public IAppendFile? OpenRead(string path) => File.Exists(path)
        ? new PlainFile(Checked(() => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)))
        : null;

    public void Replace(string path, string temporary, ReadOnlySpan<byte> content)
    {
        using (SafeFileHandle handle = File.OpenHandle(temporary, FileMode.Create, FileAccess.Write, FileShare.Read))
        {
            RandomAccess.Write(handle, content, 0);
            RandomAccess.FlushToDisk(handle);
        }
        if (OperatingSystem.IsWindows())
            Windows.Replace(temporary, path);
        else
            File.Move(temporary, path, overwrite: true);
    }

    public void MoveFile(string from, string to) => File.Move(from, to);

    public void DeleteFile(string path)
    {
        // File.Delete minds a directory that is not there.
        if (File.Exists(path))
            File.Delete(path);
    }

    public void DeleteEmptyDirectory(string path)
    {
        if (Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any())
            Directory.Delete(path, recursive: false);
    }

    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        using SafeFileHandle directory = Posix.OpenDirectory(path);
        RandomAccess.FlushToDisk(directory);
    }

    public IDisposable? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    // What the system forbids is a failure of the disk as well, for those who ask.
    private static T Checked<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new IOException(failure.Message, failure);
        }
    }

    private static partial class Posix
    {
        // O_RDONLY is 0 on Linux, macOS and the BSDs; a directory is opened like a file to sync the names in it.
        [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        private static partial int Open(string path, int flags);

        public static SafeFileHandle OpenDirectory(string path)
        {
            int descriptor = Open(path, 0);
            return descriptor >= 0
                ? new SafeFileHandle(descriptor, ownsHandle: true)
                : throw new IOException($"The directory {path} could not be opened to sync it: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    private static partial class Windows
    {
        private const int ReplaceExisting = 1;
        private const int WriteThrough = 8;

        [LibraryImport("kernel32.dll", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
        [return: MarshalAs(UnmanagedType.Bool)]
        private static partial bool MoveFileEx(string from, string to, int flags);

        public static void Replace(string from, string to)
        {
            if (!MoveFileEx(from, to, ReplaceExisting | WriteThrough))
                throw new IOException($"{from} could not take the place of {to}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }
}
