using CsCheck;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node.Tests.Sessions;

/// <summary>The window of sequences against the simplest thing that does the same: a set.</summary>
public sealed class SequenceWindowProperties
{
    [Fact]
    public void It_says_what_a_set_of_everything_received_says() => Gen.Int[-70, 70].Array[1, 300].Sample(offsets =>
    {
        var window = new SequenceWindow();
        var seen = new HashSet<ulong>();
        ulong next = 0;
        foreach (int offset in offsets)
        {
            if (offset == 70 && window.HasGap)
            {
                // Giving up a gap is as if everything missing before the first that arrived had come.
                ulong first = seen.Where(s => s > next).Min();
                for (ulong s = next; s < first; s++)
                    seen.Add(s);
                window.SkipGap();
            }
            else
            {
                ulong sequence = (ulong)Math.Max(0, (long)next + (offset / 2));
                SequenceVerdict expected = sequence < next || seen.Contains(sequence) ? SequenceVerdict.Duplicate
                    : sequence == next ? SequenceVerdict.InOrder
                    : sequence - next > 64 ? SequenceVerdict.TooFarAhead
                    : SequenceVerdict.OutOfOrder;
                Assert.Equal(expected, window.Accept(sequence));
                if (expected is SequenceVerdict.InOrder or SequenceVerdict.OutOfOrder)
                    seen.Add(sequence);
            }
            while (seen.Contains(next))
                next++;
            Check(window, seen, next);
        }
    });

    [Fact]
    public void Its_far_edge_is_64_and_no_shift_goes_astray_there() => Gen.ULong[0, 1000].Sample(start =>
    {
        var window = new SequenceWindow();
        window.StartAt(start);
        Assert.Equal(SequenceVerdict.OutOfOrder, window.Accept(start + 64));
        Assert.Equal(SequenceVerdict.TooFarAhead, window.Accept(start + 65));
        Assert.Equal(ulong.MaxValue >> 1, window.MissingBitmap);
        for (ulong s = start + 1; s < start + 64; s++)
            Assert.Equal(SequenceVerdict.OutOfOrder, window.Accept(s));
        Assert.Equal(0ul, window.MissingBitmap);
        Assert.Equal(SequenceVerdict.InOrder, window.Accept(start));
        Assert.Equal(start + 65, window.NextExpected);
        Assert.False(window.HasGap);
    });

    private static void Check(SequenceWindow window, HashSet<ulong> seen, ulong next)
    {
        Assert.Equal(next, window.NextExpected);
        ulong highest = seen.Count == 0 ? 0 : seen.Max();
        ulong received = 0, missing = 0;
        for (int i = 0; i < 64; i++)
        {
            if (seen.Contains(next + 1 + (ulong)i))
                received |= 1UL << i;
            else if (next + 1 + (ulong)i < highest)
                missing |= 1UL << i;
        }
        Assert.Equal(received, window.Received);
        Assert.Equal(received == 0 ? 0 : missing, window.MissingBitmap);
        Assert.Equal(received != 0, window.HasGap);
    }
}
