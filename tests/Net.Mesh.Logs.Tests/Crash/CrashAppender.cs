using System.Buffers.Binary;
using System.Diagnostics;

namespace Net.Mesh.Logs.Tests.Crash;

/// <summary>One run of the appender program.</summary>
internal sealed class CrashAppender : IDisposable
{
    private readonly Process _process;

    private CrashAppender(Process process) => _process = process;

    public static string Program => Path.Combine(AppContext.BaseDirectory, "Net.Mesh.CrashAppender");

    public static CrashAppender Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Program) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["DOTNET_TieredCompilation"] = "1";
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        return new(Process.Start(start)!);
    }

    public StreamReader Output => _process.StandardOutput;

    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGKILL after so many acknowledgements: nothing in the process gets a chance to tidy up.</summary>
    /// <returns>The last next sequence that was acknowledged; null when the process died before the first.</returns>
    public async Task<ulong?> KillAfterAsync(int acknowledgements)
    {
        Stream output = _process.StandardOutput.BaseStream;
        byte[] buffer = new byte[64 * 1024];
        int have = 0;
        ulong? last = null;
        bool isKilled = false;
        while (true)
        {
            if (!isKilled && acknowledgements <= 0)
            {
                _process.Kill();
                isKilled = true;
            }
            int read = await output.ReadAsync(buffer.AsMemory(have, buffer.Length - have), TestContext.Current.CancellationToken);
            if (read == 0)
                break;
            have += read;
            int whole = have / 8;
            if (whole == 0)
                continue;
            last = BinaryPrimitives.ReadUInt64LittleEndian(buffer.AsSpan((whole - 1) * 8));
            acknowledgements -= whole;
            buffer.AsSpan(whole * 8, have % 8).CopyTo(buffer);
            have %= 8;
        }
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(isKilled, $"The appender ended by itself, with {_process.ExitCode}.");
        return last;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
