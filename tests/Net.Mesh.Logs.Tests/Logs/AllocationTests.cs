namespace Net.Mesh.Logs.Tests.Logs;

/// <summary>What appends and reads leave for the garbage collector: in the best of some rounds, for the compiler may allocate on the same thread while code warms up.</summary>
public sealed class AllocationTests
{
    private const int Events = 20_000;
    private const int Rounds = 6;

    [Fact]
    public async Task Appends_to_reserved_room_allocate_nothing()
    {
        await using var redex = new Redex();
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            RedexFile log = redex.Open(ChannelName.Create($"log/{round}"), new RedexFileOptions { ReservedEntries = 2 * Events, ReservedBytes = Events * 32 });
            long before = GC.GetAllocatedBytesForCurrentThread();
            Fill(log);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal(2 * Events, log.Count);
        }
        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Reads_by_a_tail_that_need_not_wait_allocate_nothing()
    {
        await using var redex = new Redex();
        RedexFile log = redex.Open("log");
        Fill(log);
        long least = long.MaxValue;
        for (int round = 0; round < Rounds; round++)
        {
            await using IAsyncEnumerator<RedexEvent> tail = log.TailAsync(0, TailMode.Lossless).GetAsyncEnumerator(TestContext.Current.CancellationToken);
            for (int i = 0; i < 4; i++)
                Assert.True(await tail.MoveNextAsync());
            long before = GC.GetAllocatedBytesForCurrentThread();
            long bytes = 0;
            // All of it is there, so nothing is waited for and the thread stays the same.
            for (int i = 4; i < 2 * Events && await tail.MoveNextAsync(); i++)
                bytes += tail.Current.Payload.Length;
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.Equal((Events - 2) * 40L, bytes);
        }
        // What a block needs to hand out inline payloads is made once.
        Assert.Equal(0, least);
    }

    private static void Fill(RedexFile log)
    {
        ReadOnlySpan<byte> payload = "0123456789abcdef0123456789abcdef"u8;
        for (int i = 0; i < Events; i++)
        {
            log.Append(payload);
            log.AppendInline(payload[..8]);
        }
    }
}
