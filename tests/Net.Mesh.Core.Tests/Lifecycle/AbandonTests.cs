using System.Runtime.CompilerServices;

namespace Net.Mesh.Core.Tests.Lifecycle;

public sealed class AbandonTests
{
    [Fact]
    public async Task An_abandoned_bus_warns_and_still_stores_what_it_has()
    {
        var log = new ListLoggerFactory();
        var adapter = new RecordingAdapter();
        WeakReference bus = await AbandonAsync(adapter, log);
        await Eventually.BecomesTrueAsync(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                return log.Lines.Any(line => line.Id == 4);
            },
            "the warning");
        Assert.False(bus.IsAlive);
        Assert.Contains("abandoned without shutdown", log.Lines.Single(line => line.Id == 4).Text);
        adapter.Gate.Open();
        await Eventually.BecomesTrueAsync(() => adapter.Count == 101, "the events to be stored");
        Assert.Equal(TestBus.Numbers(0, 100), adapter.Payloads.Skip(1));
    }

    [Fact]
    public async Task A_bus_that_was_shut_down_does_not_warn()
    {
        var log = new ListLoggerFactory();
        await DisposeAsync(log);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.DoesNotContain(log.Lines, line => line.Id == 4);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> AbandonAsync(RecordingAdapter adapter, ListLoggerFactory log)
    {
        EventBus bus = await TestBus.StartAsync(adapter, log: log);
        await bus.BlockAsync(adapter);
        bus.EmitNumbers(0, 100);
        return new(bus);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task DisposeAsync(ListLoggerFactory log)
    {
        await using EventBus bus = await TestBus.StartAsync(new RecordingAdapter(), log: log);
        bus.EmitString("1");
    }
}
