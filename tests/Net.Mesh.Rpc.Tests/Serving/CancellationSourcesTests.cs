using Net.Mesh.Rpc.Serving;

namespace Net.Mesh.Rpc.Tests.Serving;

/// <summary>What one call did with its cancellation is nothing to the next that has its source.</summary>
public sealed class CancellationSourcesTests
{
    [Fact]
    public void Who_listened_in_an_earlier_call_hears_nothing_of_a_later_one()
    {
        int heard = 0;
        CancellationTokenSource again = RentAgain(source => source.Token.Register(() => heard++));

        again.Cancel();

        Assert.Equal(0, heard);
    }

    [Fact]
    public void A_source_that_was_cancelled_serves_no_other_call()
    {
        CancellationTokenSource cancelled = CancellationSources.Rent();
        cancelled.Cancel();
        CancellationSources.Return(cancelled);

        // Disposed, and so nowhere to be rented from.
        Assert.Throws<ObjectDisposedException>(() => cancelled.Token);
    }

    // The pool is the process's: a call of another test may take the source first, and then the next one is tried.
    private static CancellationTokenSource RentAgain(Action<CancellationTokenSource> use)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            CancellationTokenSource source = CancellationSources.Rent();
            use(source);
            CancellationSources.Return(source);
            var others = new List<CancellationTokenSource>();
            for (int i = 0; i < 2048; i++)
            {
                CancellationTokenSource rented = CancellationSources.Rent();
                if (ReferenceEquals(rented, source))
                {
                    others.ForEach(CancellationSources.Return);
                    return rented;
                }
                others.Add(rented);
            }
        }
        throw new InvalidOperationException("A source that was given back is never rented again.");
    }
}
