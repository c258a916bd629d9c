using CsCheck;
using Net.Mesh.Sessions;

namespace Net.Mesh.Node.Tests.Sessions;

public sealed class CreditWindowTests
{
    [Fact]
    [Trait("spec", "01 T21")]
    [Trait("spec", "01 T22")]
    public void Whatever_happens_remaining_and_outstanding_make_up_the_window() =>
        Gen.Select(Gen.Long[1, 100_000], Gen.Select(Gen.Int[0, 4], Gen.Long[0, 40_000]).Array[1, 200]).Sample((size, steps) =>
        {
            var window = new CreditWindow(size);
            long acquired = 0;
            foreach ((int operation, long bytes) in steps)
            {
                switch (operation)
                {
                    case 0 when window.TryAcquire(bytes):
                        acquired = bytes;
                        break;
                    case 1 when acquired > 0 && window.Sent - window.Consumed >= (ulong)acquired:
                        window.Refund(acquired);
                        acquired = 0;
                        break;
                    case 2:
                        window.Grant((ulong)bytes);
                        break;
                    case 3:
                        // A hostile total, beyond anything that was sent.
                        window.Grant(ulong.MaxValue - (ulong)bytes);
                        break;
                    case 4 when bytes > 39_000:
                        window.ForgetOutstanding();
                        break;
                }
                Assert.InRange(window.Remaining, 0, window.Window);
                Assert.Equal(window.Window, window.Remaining + (long)(window.Sent - window.Consumed));
            }
        });

    [Fact]
    public void A_window_of_zero_is_no_limit_and_counts_nothing()
    {
        var window = new CreditWindow(0);
        Assert.True(window.TryAcquire(long.MaxValue));
        Assert.True(window.CanAcquire(long.MaxValue));
        window.Grant(5);
        window.Refund(7);
        Assert.Equal((0L, 0ul, 0ul, 0L, 1L), (window.Remaining, window.Sent, window.Consumed, window.BackpressureEvents, window.GrantsReceived));
    }
}
