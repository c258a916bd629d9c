using System.Diagnostics;
using System.Threading.Channels;
using Net.Mesh.Bus;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>Bytes allocated per event by the whole process, producers and consumers together, in the steady state.</summary>
internal static class Allocation
{
    private const int PageSize = 1000;
    private const int Stored = 100 * PageSize;

    /// <summary>Per event emitted and consumed.</summary>
    public static async Task<double> OfEmitAsync(Subject subject, MeasureContext context)
    {
        await using (subject)
        {
            // As long as what is measured: pools and rings have to reach the size that this load needs.
            long emitted = EmitFor(subject, context);
            await subject.DrainAsync(emitted, context.Stop);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long count = EmitFor(subject, context);
            await subject.DrainAsync(emitted + count, context.Stop);
            return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / count;
        }
    }

    /// <summary>Per raw event read from the memory adapter, in pages of 1,000 that are handed back.</summary>
    public static async Task<double> OfPollAsync(MeasureContext context)
    {
        await using EventBus bus = await FilledBusAsync(context.Stop);
        await ReadAllAsync(bus, context.Stop);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
            count += await ReadAllAsync(bus, context.Stop);
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / count;
    }

    /// <summary>Per item read from a channel that was filled before.</summary>
    public static Task<double> OfChannelReadAsync(MeasureContext context)
    {
        var channel = Channel.CreateBounded<byte[]>(Stored);
        long count = 0, bytes = 0;
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
        {
            for (int i = 0; i < Stored; i++)
                channel.Writer.TryWrite(Payloads.Arrays[i % Payloads.BlockSize]);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            while (channel.Reader.TryRead(out _))
                count++;
            bytes += GC.GetTotalAllocatedBytes(precise: true) - before;
        }
        return Task.FromResult((double)bytes / count);
    }

    private static long EmitFor(Subject subject, MeasureContext context)
    {
        long count = 0;
        long start = Stopwatch.GetTimestamp();
        do
        {
            subject.EmitBlock(0, context.Stop);
            count += Payloads.BlockSize;
        }
        while (Stopwatch.GetElapsedTime(start) < context.Duration);
        return count;
    }

    private static async Task<EventBus> FilledBusAsync(CancellationToken stop)
    {
        EventBus bus = await EventBus.CreateBuilder().WithShards(4).UseMemory().BuildAsync(stop);
        for (int i = 0; i < Stored / Payloads.BlockSize; i++)
            bus.EmitRawBatch(Payloads.Memories);
        await bus.FlushAsync(stop);
        return bus;
    }

    private static async Task<int> ReadAllAsync(EventBus bus, CancellationToken stop)
    {
        int count = 0;
        CompositeCursor? position = null;
        bool hasMore = true;
        while (hasMore)
        {
            using PollResponse page = await bus.PollAsync(new PollRequest { Limit = PageSize, After = position }, stop);
            count += page.EventSpan.Length;
            position = page.Position;
            hasMore = page.HasMore;
        }
        return count == Stored ? count : throw new InvalidOperationException($"{Stored} events were stored and {count} read.");
    }
}
