using System.Globalization;

namespace EventPipe;

/// <summary>
/// Shows on standard error how the run goes: one line that renews itself on a terminal, and a plain line a second elsewhere.
/// </summary>
internal sealed class ProgressLine(PipeCounters counters, Func<long> dropped, TimeProvider timeProvider)
{
    private readonly bool _isTerminal = !Console.IsErrorRedirected;
    private long _lastConsumed;
    private long _lastTime = timeProvider.GetTimestamp();
    private readonly long _began = timeProvider.GetTimestamp();

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_isTerminal ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(1), timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                Show();
        }
        catch (OperationCanceledException)
        {
            // The run is over: the last state is shown, with the rate of the whole.
        }
        (_lastTime, _lastConsumed) = (_began, 0);
        Show();
        if (_isTerminal)
            Console.Error.WriteLine();
    }

    private void Show()
    {
        long now = timeProvider.GetTimestamp();
        long consumed = counters.Consumed;
        double seconds = timeProvider.GetElapsedTime(_lastTime, now).TotalSeconds;
        double rate = seconds > 0 ? (consumed - _lastConsumed) / seconds : 0;
        (_lastTime, _lastConsumed) = (now, consumed);
        string line = string.Create(CultureInfo.InvariantCulture,
            $"{consumed:N0} events  {rate:N0}/s  lag {counters.Lag:N0}  drops {dropped():N0}  rejected {counters.Rejected:N0}");
        if (_isTerminal)
            Console.Error.Write($"\r\e[K{line}");
        else
            Console.Error.WriteLine(line);
    }
}
