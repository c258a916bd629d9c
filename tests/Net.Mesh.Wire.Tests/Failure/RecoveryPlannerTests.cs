namespace Net.Mesh.Wire.Tests.Failure;

/// <summary>Traffic for a failed node goes round it, waits, is tried again or is given up (spec 02 §12).</summary>
public sealed class RecoveryPlannerTests
{
    private static readonly NodeId Gone = Some.Node(1);
    private static readonly NodeId Other = Some.Node(2);

    private readonly FakeTimeProvider _time = new();
    private readonly RecoveryPlanner _planner;

    public RecoveryPlannerTests() => _planner = new(_time);

    [Fact]
    public void Retries_wait_as_long_as_those_of_the_reference()
    {
        _planner.OnFailure(Gone);
        foreach (JsonElement row in VectorFile.Rows("mesh.json", "recovery_manager_backoff_ms"))
        {
            RecoveryAction action = _planner.GetAction(Gone, maxRetries: 100);
            Assert.Equal(RecoveryActionKind.Retry, action.Kind);
            Assert.Equal(TimeSpan.FromMilliseconds(row.Number("delay_ms")), action.Delay);
        }
    }

    [Fact]
    public void A_failure_with_alternates_goes_through_the_first()
    {
        Assert.Equal(RecoveryActionKind.Queue, _planner.OnFailure(Gone).Kind);
        RecoveryAction action = _planner.OnFailure(Gone, Other, Some.Node(3));
        Assert.Equal((RecoveryActionKind.Reroute, Other), (action.Kind, action.Via));
        Assert.Equal(action, _planner.GetAction(Gone, maxRetries: 0));
    }

    [Fact]
    public void A_failure_without_alternates_keeps_those_of_before()
    {
        _planner.OnFailure(Gone, Other);
        Assert.Equal(RecoveryActionKind.Queue, _planner.OnFailure(Gone).Kind);
        Assert.Equal(Other, _planner.GetAction(Gone, 5).Via);
    }

    [Fact]
    public void A_failure_that_is_repeated_keeps_its_time_and_its_retries()
    {
        _planner.OnFailure(Gone);
        _planner.GetAction(Gone, 2);
        _time.Advance(TimeSpan.FromSeconds(4));
        _planner.OnFailure(Gone);
        Assert.Equal(TimeSpan.FromMilliseconds(400), _planner.GetAction(Gone, 2).Delay);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(_planner.OnRecovery(Gone));
        Assert.Equal(TimeSpan.FromSeconds(6), _planner.Statistics.AverageRecovery);
    }

    [Fact]
    public void After_the_last_retry_it_is_dropped_with_a_reason()
    {
        _planner.OnFailure(Gone);
        Assert.Equal(RecoveryActionKind.Retry, _planner.GetAction(Gone, 1).Kind);
        RecoveryAction action = _planner.GetAction(Gone, 1);
        Assert.Equal((RecoveryActionKind.Drop, "max retries exceeded"), (action.Kind, action.Reason));
    }

    [Fact]
    public void An_unknown_node_is_tried_again_soon()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(100), _planner.GetAction(Gone, 0).Delay);
        Assert.False(_planner.OnRecovery(Gone));
        Assert.False(_planner.IsFailed(Gone));
    }

    [Fact]
    public void Plans_are_counted_and_recoveries_averaged()
    {
        _planner.OnFailure(Gone, Other);
        _planner.OnFailure(Other);
        _planner.GetAction(Other, 1);
        _planner.GetAction(Other, 1);
        _time.Advance(TimeSpan.FromSeconds(2));
        _planner.OnRecovery(Gone);
        _time.Advance(TimeSpan.FromSeconds(2));
        _planner.OnRecovery(Other);
        Assert.Equal(new(Reroutes: 1, Retries: 1, Dropped: 1, Queued: 1, TimeSpan.FromSeconds(3)), _planner.Statistics);
        Assert.Equal(0, _planner.FailedCount);
    }

    [Fact]
    public void No_more_failures_are_remembered_than_the_bound_allows()
    {
        var planner = new RecoveryPlanner(_time, capacity: 1);
        planner.OnFailure(Gone);
        Assert.Equal(RecoveryActionKind.Reroute, planner.OnFailure(Other, Gone).Kind);
        Assert.False(planner.IsFailed(Other));
        Assert.Equal(1, planner.FailedCount);
    }
}
