namespace Net.Mesh.Wire.Tests.Failure;

/// <summary>Packets are lost by chance and in rows, the same ones for the same seed (spec 02 §12).</summary>
public sealed class LossSimulatorTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(-3, 0)]
    [InlineData(double.NaN, 0)]
    [InlineData(1, 1_000)]
    [InlineData(7, 1_000)]
    public void A_rate_is_held_to_0_and_1(double rate, int expected)
    {
        var simulator = new LossSimulator(new Random(1), rate);
        Assert.Equal(expected, Lost(simulator, 1_000).Count(isLost => isLost));
        Assert.Equal((1_000, expected), (simulator.SeenCount, simulator.DroppedCount));
    }

    [Fact]
    public void A_rate_is_about_what_is_lost()
    {
        var simulator = new LossSimulator(new Random(7), 0.2);
        Assert.InRange(Lost(simulator, 10_000).Count(isLost => isLost), 1_800, 2_200);
    }

    [Fact]
    public void The_same_seed_loses_the_same_packets() =>
        Assert.Equal(Lost(new(new Random(3), 0.3, 0.05, 4), 500), Lost(new(new Random(3), 0.3, 0.05, 4), 500));

    [Fact]
    public void A_row_begins_with_the_packet_that_sets_it_off()
    {
        bool[] lost = Lost(new(new Random(5), 0, 0.02, 4), 2_000);
        int[] rows = RowLengths(lost);
        Assert.NotEmpty(rows);
        Assert.All(rows, length => Assert.Equal(0, length % 4));
    }

    [Fact]
    public void A_row_that_is_always_set_off_never_ends() => Assert.All(Lost(new(new Random(5), 0, 1, 1), 100), Assert.True);

    private static bool[] Lost(LossSimulator simulator, int count) => [.. Enumerable.Range(0, count).Select(_ => simulator.ShouldDrop())];

    // A row at the very end may be cut off by the end of the run.
    private static int[] RowLengths(bool[] lost)
    {
        var rows = new List<int>();
        int length = 0;
        foreach (bool isLost in lost)
        {
            if (!isLost && length > 0)
                rows.Add(length);
            length = isLost ? length + 1 : 0;
        }
        return [.. rows];
    }
}
