using Net.Mesh.Testing;

namespace Net.Mesh.Node.Tests.Streams;

public sealed class InlineReadingTests
{
    /// <summary>On the simulated network the thread that lets time pass is the one that receives.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_reader_runs_on_the_thread_that_receives_when_it_asks_for_it_and_only_then(bool asks)
    {
        await using MeshTestCluster cluster = await Sim.PairAsync(71);
        MeshStream listening = cluster.Open(1, 0, 7, Sim.Reliable);
        MeshStream speaking = cluster.Open(0, 1, 7, Sim.Reliable);
        using var stop = new CancellationTokenSource();
        int here = 0;
        int readers = 0;
        var read = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task reading = ReadAsync();
        await Task.Run(() =>
        {
            here = Environment.CurrentManagedThreadId;
            Assert.Equal(SendStatus.Sent, speaking.Send("ping"));
            cluster.Run(Sim.Seconds(1));
            // Its answer went out from inside, with no lock in the way.
            if (asks)
                Assert.True(read.Task.IsCompletedSuccessfully);
        });
        Assert.Equal("ping", await read.Task);
        cluster.Run(Sim.Seconds(1));
        await using IAsyncEnumerator<StreamMessage> answers = speaking.ReadAllAsync().GetAsyncEnumerator();
        Assert.True(await answers.MoveNextAsync());
        Assert.Equal("pong", answers.Current.GetString());
        if (asks)
            Assert.Equal(here, readers);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);

        async Task ReadAsync()
        {
            await foreach (StreamMessage message in listening.ReadAllAsync(new StreamReadOptions { AllowSynchronousContinuations = asks }, stop.Token))
            {
                readers = Environment.CurrentManagedThreadId;
                Assert.Equal(SendStatus.Sent, listening.Send("pong"));
                read.SetResult(message.GetString());
            }
        }
    }
}
