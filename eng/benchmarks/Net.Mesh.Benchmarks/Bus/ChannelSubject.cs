using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Net.Mesh.Benchmarks.Bus;

/// <summary>
/// Bounded channels, one for each shard of the bus it is compared with, with the same capacity and one consumer each. Producers
/// take the channels in turn, which costs less than hashing. The consumer drains and counts.
/// </summary>
internal sealed class ChannelSubject : Subject
{
    private readonly Channel<byte[]>[] _channels;
    private readonly Counter[] _consumed;
    private readonly Task _consumers;
    private readonly bool _copies;

    /// <summary>Creates the channels and starts their consumers.</summary>
    /// <param name="channels">How many.</param>
    /// <param name="copies">Whether each event is an array of its own, as it must be when the caller keeps its buffer.</param>
    public ChannelSubject(int channels, bool copies)
    {
        _copies = copies;
        _consumed = new Counter[channels];
        _channels = [.. Enumerable.Range(0, channels).Select(_ => Channel.CreateBounded<byte[]>(new BoundedChannelOptions(new EventBusOptions().BufferCapacity)
        {
            SingleReader = true,
            SingleWriter = false,
            FullMode = BoundedChannelFullMode.Wait,
        }))];
        _consumers = Task.WhenAll(Enumerable.Range(0, channels).Select(i => Task.Run(() => ConsumeAsync(i))));
    }

    public override void EmitBlock(int producer, CancellationToken stop)
    {
        Channel<byte[]>[] channels = _channels;
        int next = producer % channels.Length;
        foreach (byte[] payload in Payloads.Arrays)
        {
            byte[] item = _copies ? payload.AsSpan().ToArray() : payload;
            ChannelWriter<byte[]> writer = channels[next].Writer;
            if (++next == channels.Length)
                next = 0;
            var spin = new SpinWait();
            while (!writer.TryWrite(item))
                WaitForRoom(ref spin, stop);
        }
    }

    public override Task DrainAsync(long expected, CancellationToken stop)
    {
        var spin = new SpinWait();
        while (Consumed() != expected)
            WaitForRoom(ref spin, stop);
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (Channel<byte[]> channel in _channels)
            channel.Writer.Complete();
        await _consumers;
    }

    private async Task ConsumeAsync(int index)
    {
        ChannelReader<byte[]> reader = _channels[index].Reader;
        while (await reader.WaitToReadAsync())
        {
            long count = 0;
            while (reader.TryRead(out _))
                count++;
            _consumed[index].Add(count);
        }
    }

    private long Consumed()
    {
        long sum = 0;
        for (int i = 0; i < _consumed.Length; i++)
            sum += _consumed[i].Value;
        return sum;
    }

    // A cache line each, so that consumers do not slow each other down. One writer, the consumer.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Counter
    {
        [FieldOffset(64)]
        private long _value;

        public long Value => Volatile.Read(ref _value);

        public void Add(long count) => Volatile.Write(ref _value, _value + count);
    }
}
