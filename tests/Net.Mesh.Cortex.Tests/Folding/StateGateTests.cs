using Net.Mesh.Cortex.Folding;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>Readers beside each other, one writer alone, and neither waits for ever.</summary>
public sealed class StateGateTests
{
    [Fact]
    public async Task Readers_never_see_what_a_writer_has_half_done()
    {
        var gate = new StateGate();
        long left = 0;
        long right = 0;
        Task writer = Task.Run(() =>
        {
            for (int i = 0; i < 200_000; i++)
            {
                StateGate? outer = gate.EnterWrite();
                left++;
                right++;
                gate.ExitWrite(outer);
            }
        });
        // They end although the writer hardly ever pauses, and it ends although there is hardly ever no reader.
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 50_000; i++)
            {
                StateGate? outer = gate.EnterRead();
                Assert.Equal(left, right);
                gate.ExitRead(outer);
            }
        }))];
        await Task.WhenAll([writer, .. readers]);
        Assert.Equal(200_000, right);
    }

    [Fact]
    public async Task A_writer_that_waits_keeps_new_readers_out_but_not_those_that_read_already()
    {
        var gate = new StateGate();
        StateGate? outer = gate.EnterRead();
        Task writer = Task.Run(() => gate.ExitWrite(gate.EnterWrite()));
        Task reader = Task.Run(async () =>
        {
            // Comes behind the writer or before it; it gets in either way.
            await Task.Yield();
            gate.ExitRead(gate.EnterRead());
        });
        Assert.True(gate.IsHeldByThisThread);
        gate.ExitRead(gate.EnterRead());
        Assert.True(gate.IsHeldByThisThread);
        gate.ExitRead(outer);
        Assert.False(gate.IsHeldByThisThread);
        await Task.WhenAll(writer, reader);
    }
}
