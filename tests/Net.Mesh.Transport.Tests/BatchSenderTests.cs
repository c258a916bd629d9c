using System.Runtime.Versioning;

namespace Net.Mesh.Transport.Tests;

/// <summary>Sending through a kernel that answers as a script says.</summary>
[SupportedOSPlatform("linux")]
public sealed class BatchSenderTests
{
    private const int Interrupted = -LibC.ErrorInterrupted;
    private const int Again = -LibC.ErrorAgain;
    private const int NoBuffers = -LibC.ErrorNoBuffers;
    private const int Refused = -LibC.ErrorConnectionRefused;
    private const int NotPermitted = -1;

    private static readonly DatagramAddress Left = DatagramAddress.From(new(IPAddress.Parse("192.0.2.1"), 1000));
    private static readonly DatagramAddress Right = DatagramAddress.From(new(IPAddress.Parse("192.0.2.2"), 1000));

    private readonly UdpCounters _counters = new();

    [Fact]
    public void Equal_lengths_to_one_address_become_one_message_that_a_shorter_one_may_end()
    {
        var kernel = new ScriptedKernel();
        Assert.Equal(8, Sender(kernel).Send(To(Left, 100, 100, 100, 40, 40, 50, 50, 10)));
        Assert.Equal(["100 100 100 40/100", "40", "50 50 10/50"], kernel.Messages);
    }

    [Fact]
    public void Another_address_an_empty_datagram_or_too_many_bytes_end_a_message()
    {
        var kernel = new ScriptedKernel();
        Sender(kernel).Send(Sending.Batch((Left, new byte[9]), (Right, new byte[9]), (Right, new byte[9]), (Right, []), (Right, new byte[9])));
        Sender(kernel).Send(To(Left, [.. Enumerable.Repeat(8210, 8)]));
        Sender(kernel).Send(To(Left, [.. Enumerable.Repeat(1, 65)]));
        string seven = string.Join(' ', Enumerable.Repeat(8210, 7)) + "/8210", sixtyFour = string.Join(' ', Enumerable.Repeat(1, 64)) + "/1";
        Assert.Equal(["9", "9 9/9", "0", "9", seven, "8210", sixtyFour, "1"], kernel.Messages);
    }

    [Fact]
    public void What_a_partial_answer_left_is_sent_again()
    {
        var kernel = new ScriptedKernel(1, Interrupted, 2);
        Assert.Equal(4, Sender(kernel).Send(To(Left, 1, 2, 3, 4)));
        Assert.Equal(["1", "2", "3", "4"], kernel.Messages);
        Assert.Equal((4, 10, 0, 4), Sent());
    }

    [Fact]
    public void A_full_buffer_is_waited_for()
    {
        var kernel = new ScriptedKernel(Again, NoBuffers, 1, Again);
        Assert.Equal(3, Sender(kernel).Send(To(Left, 1, 2, 3)));
        Assert.Equal(3, kernel.Waits);
    }

    [Fact]
    public void A_buffer_that_stays_full_costs_the_rest_of_the_batch_after_ten_waits()
    {
        var kernel = new ScriptedKernel([1, .. Enumerable.Repeat(Again, 50)]);
        Assert.Equal(1, Sender(kernel).Send(To(Left, 1, 2, 3)));
        Assert.Equal(10, kernel.Waits);
        Assert.Equal((1, 1, 2, 12), Sent());
    }

    [Fact]
    public void The_answer_to_an_earlier_datagram_costs_nothing()
    {
        var kernel = new ScriptedKernel(Refused, 2, Refused);
        Assert.Equal(3, Sender(kernel).Send(To(Left, 1, 2, 3)));
        Assert.Equal(["1", "2", "3"], kernel.Messages);
    }

    [Fact]
    public void A_message_that_is_refused_twice_fails_alone()
    {
        var kernel = new ScriptedKernel(1, Refused, Refused);
        Assert.Equal(2, Sender(kernel).Send(To(Left, 1, 2, 3)));
        Assert.Equal(["1", "3"], kernel.Messages);
        Assert.Equal(1, Sent().Failed);
    }

    [Theory]
    [InlineData(NotPermitted)]
    [InlineData(-LibC.ErrorMessageSize)]
    [InlineData(-LibC.ErrorInvalid)]
    public void A_datagram_that_the_system_forbids_fails_alone(int error)
    {
        var kernel = new ScriptedKernel(1, error);
        Assert.Equal(2, Sender(kernel).Send(To(Left, 1, 2, 3)));
        Assert.Equal(["1", "3"], kernel.Messages);
        Assert.Equal(1, Sent().Failed);
    }

    [Theory]
    [InlineData(-LibC.ErrorInvalid)]
    [InlineData(-LibC.ErrorMessageSize)]
    public void Sizes_that_the_path_is_too_narrow_for_go_singly_from_then_on_and_smaller_ones_do_not(int error)
    {
        var kernel = new ScriptedKernel(error);
        BatchSender sender = Sender(kernel);
        Assert.Equal(3, sender.Send(To(Left, 2000, 2000, 7)));
        Assert.Equal(["2000", "2000", "7"], kernel.Messages);
        kernel.Messages.Clear();
        Assert.Equal(2, sender.Send(To(Left, 3000, 3000)));
        Assert.Equal(2, sender.Send(To(Left, 1200, 1200)));
        Assert.Equal(2, sender.Send(To(Right, 2000, 2000)));
        Assert.Equal(["3000", "3000", "1200 1200/1200", "2000 2000/2000"], kernel.Messages);
        Assert.Equal(0, Sent().Failed);
    }

    [Theory]
    [InlineData(-LibC.ErrorIO)]
    [InlineData(-LibC.ErrorNoProtocolOption)]
    [InlineData(-LibC.ErrorNotSupported)]
    public void A_device_that_cannot_cut_gets_single_datagrams_of_every_size(int error)
    {
        var kernel = new ScriptedKernel(1, error);
        BatchSender sender = Sender(kernel);
        Assert.Equal(3, sender.Send(Sending.Batch((Right, [1]), (Left, [1, 1]), (Left, [2, 2]))));
        sender.Send(To(Left, 1, 1));
        Assert.Equal(["1", "2", "2", "1", "1"], kernel.Messages);
    }

    [Fact]
    public void A_kernel_that_refuses_everything_ends_the_batch_and_not_the_thread()
    {
        var kernel = new ScriptedKernel([.. Enumerable.Repeat(-LibC.ErrorInvalid, 1000)]);
        Assert.Equal(0, Sender(kernel).Send(To(Left, [.. Enumerable.Repeat(10, 300)])));
        Assert.Equal((0, 0, 300), (Sent().Sent, Sent().Bytes, Sent().Failed));
    }

    [Fact]
    public void Any_answers_leave_every_datagram_either_sent_or_failed()
    {
        int[] answers = [1, 2, 3, Interrupted, Again, NoBuffers, Refused, NotPermitted, -LibC.ErrorInvalid, -LibC.ErrorMessageSize, -LibC.ErrorIO, 0];
        Gen.Select(OneOf(answers).Array[0, 60], Gen.Select(Gen.Bool, OneOf(1, 1, 5, 5, 5, 900, 8210)).Array[1, 400]).Sample((script, datagrams) =>
        {
            var counters = new UdpCounters();
            var kernel = new ScriptedKernel(script);
            DatagramBatch batch = Sending.Batch([.. datagrams.Select((d, i) => (d.Item1 ? Left : Right, Sending.Payload(d.Item2, i)))]);
            int sent = new BatchSender(kernel, isIPv6: false, segments: true, counters).Send(batch);
            DatagramTransportStatistics total = counters.Snapshot;
            return sent == total.DatagramsSent
                && total.DatagramsSent + total.SendFailures == datagrams.Length
                && kernel.Datagrams == sent && kernel.Bytes == total.BytesSent;
        }, iter: 300);
    }

    private static Gen<int> OneOf(params int[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private (long Sent, long Bytes, long Failed, long Calls) Sent()
    {
        DatagramTransportStatistics total = _counters.Snapshot;
        return (total.DatagramsSent, total.BytesSent, total.SendFailures, total.SendCalls);
    }

    private BatchSender Sender(ScriptedKernel kernel) => new(kernel, isIPv6: false, segments: true, _counters);

    private static DatagramBatch To(DatagramAddress address, params int[] lengths) =>
        Sending.Batch([.. lengths.Select((length, i) => (address, Sending.Payload(length, i)))]);

    /// <summary>Answers as the script says, and after it takes everything. Writes down what it took, one text a message.</summary>
    private sealed unsafe class ScriptedKernel(params int[] script) : IMessageCalls
    {
        private int _next;

        public List<string> Messages { get; } = [];

        public int Waits { get; private set; }

        public int Datagrams { get; private set; }

        public long Bytes { get; private set; }

        public int Send(Message* messages, int count)
        {
            int answer = _next < script.Length ? script[_next++] : count;
            answer = Math.Min(answer, count);
            for (int i = 0; i < answer; i++)
                Take(messages[i].Header);
            return answer;
        }

        public void WaitWritable(int milliseconds) => Waits++;

        private void Take(in MessageHeader header)
        {
            int total = 0;
            for (nuint i = 0; i < header.VectorCount; i++)
                total += (int)header.Vectors[i].Length;
            Bytes += total;
            if (header.Control is null)
            {
                Datagrams++;
                Messages.Add($"{total}");
                return;
            }
            var control = (SegmentControl*)header.Control;
            Assert.Equal((18, LibC.SolUdp, LibC.UdpSegment), ((int)control->Length, control->Level, control->Type));
            int size = *(ushort*)&control->Value;
            var parts = new List<int>();
            for (int left = total; left > 0; left -= size)
                parts.Add(Math.Min(left, size));
            Datagrams += parts.Count;
            Messages.Add($"{string.Join(' ', parts)}/{size}");
        }
    }
}
