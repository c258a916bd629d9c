using System.Diagnostics;
using System.Globalization;
using Net.Mesh.Benchmarks.Channels;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Cortex;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>Folded state: from a write until it is visible, and questions to 10,000 tasks, a third of them completed.</summary>
internal sealed class NetDbRates : IAsyncDisposable
{
    private const int Tasks = 10_000;
    private const string Published = "Net 0.27.2 as published (i9-14900K)";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TasksFilter Pending = new() { Status = TaskItemStatus.Pending };

    private Redex? _redex;
    private NetDb? _world;

    public IEnumerable<Comparison> Comparisons()
    {
        string of = string.Create(CultureInfo.InvariantCulture, $"of {Tasks} tasks");
        yield return new("CortEX: create a task, not waited for", Published, "us", Better.Lower, context => CreateAsync(context, isAwaited: false), Timing.Figure(0.215));
        yield return new("CortEX: create a task until it is visible", Published, "us", Better.Lower, context => CreateAsync(context, isAwaited: true), Timing.Figure(2.07));
        yield return new($"CortEX: find the pending ones {of}", Published, "us", Better.Lower, FindManyAsync, Timing.Figure(173));
        yield return new($"CortEX: count the pending ones {of}", Published, "us", Better.Lower, CountWhereAsync, Timing.Figure(30.6));
    }

    public async ValueTask DisposeAsync()
    {
        if (_world is not null)
            await _world.DisposeAsync();
        if (_redex is not null)
            await _redex.DisposeAsync();
    }

    private static async Task<double> CreateAsync(MeasureContext context, bool isAwaited)
    {
        await using var redex = new Redex(new RedexOptions());
        await using NetDb db = await OpenAsync(redex, context.Stop);
        // Created again and again, a task is replaced: the state does not grow.
        string[] titles = [.. Enumerable.Range(0, 1024).Select(i => string.Create(CultureInfo.InvariantCulture, $"task-{i}"))];
        ulong count = 0;
        WriteToken last = default;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
        {
            for (int i = 0; i < 16; i++, count++)
            {
                last = await db.Tasks.CreateAsync(count & 1023, titles[count & 1023], cancellationToken: context.Stop);
                if (isAwaited)
                    await db.Tasks.WaitForAsync(last, Patience, context.Stop);
            }
        }
        double elapsed = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        await db.Tasks.WaitForAsync(last, Patience, context.Stop);
        return elapsed / count;
    }

    private async Task<double> FindManyAsync(MeasureContext context)
    {
        NetDb db = await WorldAsync(context.Stop);
        return await Timing.NanosecondsAsync(context, _ => Check(db.Tasks.FindMany(Pending).Count)) / 1000;
    }

    private async Task<double> CountWhereAsync(MeasureContext context)
    {
        NetDb db = await WorldAsync(context.Stop);
        return await Timing.NanosecondsAsync(context, _ => Check(db.Tasks.CountWhere(Pending))) / 1000;
    }

    private static void Check(long found)
    {
        if (found != Tasks - ((Tasks + 2) / 3))
            throw new InvalidOperationException($"{found} tasks were found.");
    }

    private async Task<NetDb> WorldAsync(CancellationToken stop)
    {
        if (_world is not null)
            return _world;
        _redex = new Redex(new RedexOptions());
        _world = await OpenAsync(_redex, stop);
        WriteToken last = default;
        for (ulong id = 0; id < Tasks; id++)
        {
            last = await _world.Tasks.CreateAsync(id, string.Create(CultureInfo.InvariantCulture, $"task-{id}"), cancellationToken: stop);
            if (id % 3 == 0)
                last = await _world.Tasks.CompleteAsync(id, cancellationToken: stop);
        }
        await _world.Tasks.WaitForAsync(last, Patience, stop);
        return _world;
    }

    private static async Task<NetDb> OpenAsync(Redex redex, CancellationToken stop) =>
        await NetDb.CreateBuilder(redex).WithOrigin(0xABCD_EF01).WithTasks().BuildAsync(stop);
}
