using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>The calls of POSIX systems that .NET has no name for.</summary>
internal static partial class Posix
{
    /// <summary>Opens a directory like a file, to sync the names in it.</summary>
    public static SafeFileHandle OpenDirectory(string path)
    {
        // O_RDONLY is 0 on Linux, macOS and the BSDs.
        int descriptor = Open(path, 0);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"The directory {path} could not be opened to sync it: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>
    /// Makes a file's content durable, and of its attributes what is needed to read it: the time of the last change, which every write
    /// through a mapping changes, would cost a write to the journal each time.
    /// </summary>
    public static void SyncContent(SafeFileHandle file)
    {
        // Elsewhere the call is missing, or promises less than what .NET does.
        if (!OperatingSystem.IsLinux())
            RandomAccess.FlushToDisk(file);
        else if (SyncData(file) != 0)
            throw new IOException($"The file could not be synced: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SyncData(SafeHandle file);
}
