namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>Limits of waits that nobody can keep.</summary>
public sealed class DeadlineTests
{
    private static readonly CortexAdapterOptions OneAtATime = new() { RywInflightCap = 1 };

    [Fact]
    public async Task A_deadline_that_has_passed_is_a_look_and_costs_no_permit()
    {
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks(OneAtATime).BuildAsync();
        var never = new WriteToken(db.Tasks.Origin, 1_000);
        for (int i = 0; i < 3; i++)
            Assert.Equal(TokenWaitStatus.Timeout, (await db.Tasks.TryWaitForAsync(never, TimeSpan.FromSeconds(-5))).Status);
    }

    [Fact]
    public async Task A_deadline_that_no_timer_reaches_waits_as_long_as_it_takes()
    {
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks(OneAtATime).BuildAsync();
        Task<TokenWaitResult> waiting = db.Tasks.TryWaitForAsync(new(db.Tasks.Origin, 0), TimeSpan.MaxValue).AsTask();
        Assert.Equal(TokenWaitStatus.QueueFull, (await db.Tasks.TryWaitForAsync(new(db.Tasks.Origin, 1), TimeSpan.MaxValue)).Status);
        await db.Tasks.CreateAsync(1, "written");
        Assert.True((await waiting).IsReached);
        Assert.Equal(TokenWaitStatus.Timeout, (await db.Tasks.TryWaitForAsync(new(db.Tasks.Origin, 7), TimeSpan.Zero)).Status);
    }
}
