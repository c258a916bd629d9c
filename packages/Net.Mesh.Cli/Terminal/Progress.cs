using System.Globalization;

namespace Net.Mesh.Cli.Terminal;

/// <summary>Shows on standard error how far a transfer is: one line that renews itself on a terminal, a line a second elsewhere.</summary>
internal sealed class Progress : IAsyncDisposable
{
    private readonly Output _output;
    private readonly TimeProvider _time;
    private readonly Func<long> _bytes;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _showing;
    private readonly long _began;

    public Progress(Output output, TimeProvider time, Func<long> bytes)
    {
        (_output, _time, _bytes) = (output, time, bytes);
        _began = time.GetTimestamp();
        _showing = ShowAsync();
    }

    public TimeSpan Elapsed => _time.GetElapsedTime(_began);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _showing.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task ShowAsync()
    {
        bool renews = !_output.IsJson && !Console.IsErrorRedirected;
        using var timer = new PeriodicTimer(renews ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(1), _time);
        long last = 0;
        bool isShown = false;
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                long bytes = _bytes();
                if (bytes == last)
                    continue;
                last = bytes;
                isShown = true;
                string text = $"{Figures.Bytes(bytes)}  {Figures.Rate(bytes, Elapsed)}";
                if (renews)
                    await Console.Error.WriteAsync($"\r\e[K{text}").ConfigureAwait(false);
                else
                    _output.Result(new ProgressLine(bytes, Math.Round(Elapsed.TotalSeconds, 3)), text);
            }
        }
        catch (OperationCanceledException)
        {
            if (renews && isShown)
                await Console.Error.WriteAsync("\r\e[K").ConfigureAwait(false);
        }
    }
}

/// <summary>Numbers as people read them, whatever the machine's language is.</summary>
internal static class Figures
{
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024:0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0 / 1024 / 1024:0.00} GiB"),
    };

    public static string Rate(long bytes, TimeSpan elapsed) => elapsed > TimeSpan.Zero ? $"{Bytes((long)(bytes / elapsed.TotalSeconds))}/s" : "–";

    public static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.000} ms");

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
