using Microsoft.Win32.SafeHandles;

namespace Net.Mesh.Cli.Terminal;

/// <summary>
/// Standard output for commands that write for as long as somebody reads. The console's own stream does not say when the reader
/// of a pipe has gone, and such a command would run on for nobody.
/// </summary>
internal static class StandardOutput
{
    private const int BrokenPipe = 32; // EPIPE

    public static Stream Open()
    {
        if (OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
            return Console.OpenStandardOutput();
        var stream = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        // In a file it would keep a position of its own, and whoever writes there next would write over it.
        return stream.CanSeek ? Console.OpenStandardOutput() : stream;
    }

    public static bool IsReaderGone(IOException cause) => !OperatingSystem.IsWindows() && cause.HResult == BrokenPipe;
}
