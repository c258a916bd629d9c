using System.Runtime.CompilerServices;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Calls;

/// <summary>The calls that this node answers, counted, as lines: now and then, when there were more.</summary>
internal sealed class ServedCalls(string service, Output output)
{
    private long _answered;
    private long _failed;
    private long _cancelled;
    private long _reported;

    public UnaryHandler Count(UnaryHandler handler) => async (context, stop) =>
    {
        bool isAnswered = false;
        try
        {
            ReadOnlyMemory<byte> answer = await handler(context, stop).ConfigureAwait(false);
            isAnswered = true;
            return answer;
        }
        finally
        {
            End(isAnswered, stop);
        }
    };

    public ServerStreamHandler Count(ServerStreamHandler handler) => (context, stop) => CountAsync(handler(context, stop), stop);

    /// <summary>Runs until it is cancelled; the last thing it says is the sum.</summary>
    public async Task ReportAsync(TimeSpan interval, TimeProvider time, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                if (Total() != _reported)
                    Report();
            }
        }
        catch (OperationCanceledException)
        {
            // The service ends.
        }
    }

    public void Report()
    {
        _reported = Total();
        var line = new CallsLine(service, Volatile.Read(ref _answered), Volatile.Read(ref _failed), Volatile.Read(ref _cancelled));
        output.Result(line, $"calls  {service}: {Figures.Count(line.Answered)} answered, {Figures.Count(line.Failed)} failed, {Figures.Count(line.Cancelled)} cancelled");
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> CountAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> items, [EnumeratorCancellation] CancellationToken stop)
    {
        bool isAnswered = false;
        try
        {
            await foreach (ReadOnlyMemory<byte> item in items.WithCancellation(stop).ConfigureAwait(false))
                yield return item;
            isAnswered = true;
        }
        finally
        {
            End(isAnswered, stop);
        }
    }

    private long Total() => Volatile.Read(ref _answered) + Volatile.Read(ref _failed) + Volatile.Read(ref _cancelled);

    private void End(bool isAnswered, CancellationToken stop)
    {
        if (isAnswered)
            Interlocked.Increment(ref _answered);
        else if (stop.IsCancellationRequested)
            Interlocked.Increment(ref _cancelled);
        else
            Interlocked.Increment(ref _failed);
    }
}
