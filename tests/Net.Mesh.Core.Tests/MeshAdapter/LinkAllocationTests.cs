using Microsoft.Extensions.Logging.Abstractions;
using Net.Mesh.Crypto;
using Net.Mesh.Transport;
using Net.Mesh.Wire;

namespace Net.Mesh.Core.Tests.MeshAdapter;

public sealed class LinkAllocationTests
{
    /// <summary>The batch itself, how far it has come, and its task.</summary>
    private const long BytesOfABatch = 400;

    /// <summary>A batch costs its bookkeeping; its packets, their delivery and their acknowledgement cost nothing.</summary>
    [Fact]
    public void Packets_are_packed_sealed_opened_delivered_and_acknowledged_without_allocations()
    {
        using Wires wires = new();
        BatchEvent[] events = [.. Enumerable.Range(0, 1_000).Select(_ => new BatchEvent(new byte[100], 0, 0))];
        ulong sequence = 0;
        const int batches = 50;
        long best = long.MaxValue;
        for (int round = 0; round < 50 && best > BytesOfABatch; round++)
        {
            long packets = wires.Packets;
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < batches; i++)
                Exchange();
            best = Math.Min(best, (GC.GetAllocatedBytesForCurrentThread() - before) / batches);
            Assert.Equal(13 * batches, wires.Packets - packets); // 77 events of 104 bytes in each of 12 packets, and 76 in the 13th
        }
        Assert.InRange(best, 0, BytesOfABatch);

        void Exchange()
        {
            PendingBatch pending = wires.Sender.Begin(new EventBatch(0, sequence, 1, events));
            sequence += 1_000;
            while (!pending.IsDone)
                wires.Turn();
        }
    }

    /// <summary>A sender and a receiver whose datagrams go from hand to hand.</summary>
    private sealed class Wires : IDatagramTransport, IDisposable
    {
        private readonly LinkSession _a;
        private readonly LinkSession _b;
        private readonly LinkOutbox _outboxA;
        private readonly LinkOutbox _outboxB;
        private readonly LinkReceiver _receiver;

        public Wires()
        {
            var keys = new SessionKeys(0x1234);
            var proof = new PeerProof(default(EntityId), SecureProfileFlags.OrderedStreams, null);
            (_a, _b) = (new(keys, true, proof, default, 0), new(keys, false, proof, default, 0));
            (_outboxA, _outboxB) = (new(this, new()), new(this, new()));
            Sender = new(_outboxA, new(), TimeProvider.System, isReliable: true);
            MeshLinkOptions options = MeshLinkOptions.Responder(LinkWorld.ResponderAddress, null, LinkWorld.Psk, null!);
            options.InboxMaxEvents = 2_000;
            var inbox = new LinkInbox(options, new()
            {
                TimeProvider = TimeProvider.System,
                LoggerFactory = NullLoggerFactory.Instance,
                ShardCount = 1,
                BufferCapacity = 1024,
                AdapterTimeout = TimeSpan.FromSeconds(30),
            });
            _receiver = new(inbox, _outboxB, new());
        }

        public LinkSender Sender { get; }

        public long Packets { get; private set; }

        public DatagramAddress LocalAddress => default;

        public string Description => "from hand to hand";

        public DatagramTransportStatistics Statistics => default;

        public void Turn()
        {
            Sender.Pump(_a);
            _outboxA.Flush();
            _receiver.Answer(_b);
            _outboxB.Flush();
        }

        public int Send(DatagramBatch batch)
        {
            for (int i = 0; i < batch.Count; i++)
            {
                Memory<byte> datagram = batch.Memory.AsMemory(batch.OffsetOf(i), batch.LengthOf(i));
                Assert.True(PacketHeader.TryParse(datagram.Span, out PacketHeader header));
                bool isEvents = header.SubprotocolId == SubprotocolId.Events;
                if ((isEvents ? _b : _a).Open(header, datagram.Span, default, 0) is not null)
                    throw new InvalidOperationException("The packet did not open.");
                ReadOnlyMemory<byte> plaintext = datagram.Slice(WireLimits.HeaderBytes, header.PayloadLength);
                if (isEvents)
                {
                    Packets++;
                    _receiver.OnEvents(_b, header, plaintext);
                    continue;
                }
                var messages = new EventFrameReader(plaintext.Span, header.EventCount);
                while (messages.TryRead(out ReadOnlySpan<byte> message))
                {
                    if (StreamWindow.TryParse(message, out StreamWindow window))
                        Sender.OnWindow(window);
                }
            }
            return batch.Count;
        }

        public void Start(IDatagramReceiver receiver)
        {
        }

        public void Dispose()
        {
            _a.Dispose();
            _b.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
