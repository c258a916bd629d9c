using Microsoft.Extensions.Logging;

namespace Net.Mesh.Core.Tests.Support;

/// <summary>Short ways to a bus and through it.</summary>
internal static class TestBus
{
    /// <summary>A started bus over an adapter, with small shards and quick batches unless changed.</summary>
    public static Task<EventBus> StartAsync(
        IEventAdapter adapter, Action<EventBusOptions>? configure = null, TimeProvider? time = null, ILoggerFactory? log = null)
    {
        EventBusBuilder builder = EventBus.CreateBuilder()
            .UseAdapter(adapter)
            .Configure(o =>
            {
                o.Shards = 1;
                o.BufferCapacity = 1024;
                o.Backpressure = Backpressure.FailProducer;
                o.Batch.MaxDelay = TimeSpan.FromMilliseconds(1);
            });
        if (configure is not null)
            builder.Configure(configure);
        if (time is not null)
            builder.WithTimeProvider(time);
        if (log is not null)
            builder.WithLogging(log);
        return builder.BuildAsync(TestContext.Current.CancellationToken);
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Bytes(int number) => Encoding.UTF8.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Emits the numbers from first on.</summary>
    public static void EmitNumbers(this EventBus bus, int first, int count)
    {
        for (int i = first; i < first + count; i++)
            bus.EmitRaw(Bytes(i).AsMemory());
    }

    /// <summary>The numbers from first on, as payloads.</summary>
    public static IEnumerable<string> Numbers(int first, int count) =>
        Enumerable.Range(first, count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Holds the adapter and waits until the worker is in it with one event, so that what follows stays in the ring.</summary>
    public static async Task BlockAsync(this EventBus bus, RecordingAdapter adapter, string payload = "\"blocked\"")
    {
        adapter.Gate.Close();
        bus.EmitString(payload);
        await adapter.Gate.UntilWaitingAsync();
    }

    /// <summary>Reads everything, page by page.</summary>
    public static async Task<List<StoredEvent>> PollAllAsync(this EventBus bus, PollRequest? request = null)
    {
        var all = new List<StoredEvent>();
        request ??= new();
        while (true)
        {
            using PollResponse page = await bus.PollAsync(request, TestContext.Current.CancellationToken);
            all.AddRange(page.Events);
            request = request with { Cursor = page.Cursor };
            if (!page.HasMore)
                return all;
        }
    }
}
