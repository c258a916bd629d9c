using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cli.Terminal;

/// <summary>
/// Standard output for commands that write for as long as somebody reads. The console's own stream does not say when the reader
/// of a pipe has gone, and such a command would run on for nobody.
/// </summary>
internal static partial class StandardOutput
{
    private const int BrokenPipe = 32; // EPIPE
    private const short Error = 0x8; // POLLERR: nobody reads the pipe, on Linux
    private const short HungUp = 0x10; // POLLHUP: the same on macOS

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(200);

    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // In a file it would keep a position of its own, and whoever writes there next would write over it.
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    public static bool IsReaderGone(IOException cause) => !OperatingSystem.IsWindows() && cause.HResult == BrokenPipe;

    /// <summary>For a command that may have nothing to write for long: completes when nobody reads any more, or when it is cancelled.</summary>
    public static async Task WhenReaderGoneAsync(TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false) && !IsReaderGone())
            {
            }
        }
        catch (OperationCanceledException)
        {
            // The command ends by itself.
        }
    }

    private static bool IsReaderGone()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return false;
        var output = new PollDescriptor { Descriptor = 1 };
        return Poll(ref output, 1, 0) > 0 && (output.Happened & (Error | HungUp)) != 0;
    }

    [LibraryImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int Poll(ref PollDescriptor descriptors, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Wanted;
        public short Happened;
    }
}
