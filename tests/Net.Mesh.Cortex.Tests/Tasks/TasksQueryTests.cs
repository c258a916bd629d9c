using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex.Tests.Tasks;

public sealed class TasksQueryTests
{
    private readonly TasksState _state = new();

    public TasksQueryTests()
    {
        Add(5, "Write Docs", 10, 50);
        Add(1, "write tests", 20, 20, isCompleted: true);
        Add(3, "Größe prüfen", 20, 30);
        Add(2, "ship", 30, 30, isCompleted: true);
    }

    [Fact]
    public void Each_constraint_takes_what_it_says()
    {
        Assert.Equal([1, 2, 3, 5], Ids(_state.Query()));
        Assert.Equal([3, 5], Ids(_state.Query().WithStatus(TaskItemStatus.Pending)));
        Assert.Equal([1, 2], Ids(_state.Query().WithStatus(TaskItemStatus.Completed)));
        Assert.Empty(Ids(_state.Query().WithStatus((TaskItemStatus)9)));
        Assert.Equal([1, 5], Ids(_state.Query().TitleContains("WRITE")));
        Assert.Equal([1, 2, 3, 5], Ids(_state.Query().TitleContains("")));
        Assert.Equal([2, 5], Ids(_state.Query().IdIn(5, 2, 77)));
        Assert.Empty(Ids(_state.Query().IdIn()));
        Assert.Equal([1], Ids(_state.Query().WithStatus(TaskItemStatus.Completed).TitleContains("write")));
        Assert.Equal([3], Ids(_state.Query().Where(task => task.Id > 1).Where(task => task.CreatedNs == 20)));
        Assert.Equal([2], Ids(_state.Query().TitleContains("x").WithFilter(new TasksFilter { Status = TaskItemStatus.Completed, CreatedAfterNs = 30 })));
    }

    [Fact]
    public void Bounds_are_inclusive_on_both_sides()
    {
        Assert.Equal([1, 3], Ids(_state.Query().CreatedAfter(20).CreatedBefore(20)));
        Assert.Equal([2, 3], Ids(_state.Query().UpdatedAfter(30).UpdatedBefore(30)));
        Assert.Equal([1, 2, 3], Ids(_state.Query().CreatedAfter(20)));
        Assert.Equal([5], Ids(_state.Query().CreatedBefore(10)));
        Assert.Equal([1], Ids(_state.Query().UpdatedBefore(20)));
        Assert.Equal([5], Ids(_state.Query().UpdatedAfter(31)));
        Add(9, "dated", UnixNanoseconds.From(new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero)), ulong.MaxValue);
        Assert.Equal([9], Ids(_state.Query().CreatedAfter(new DateTimeOffset(2024, 5, 1, 2, 0, 0, TimeSpan.FromHours(2)))));
    }

    [Theory]
    [InlineData(TasksOrderBy.Id, new ulong[] { 1, 2, 3, 5 })]
    [InlineData(TasksOrderBy.IdDescending, new ulong[] { 5, 3, 2, 1 })]
    [InlineData(TasksOrderBy.Created, new ulong[] { 5, 1, 3, 2 })]
    [InlineData(TasksOrderBy.CreatedDescending, new ulong[] { 2, 1, 3, 5 })]
    [InlineData(TasksOrderBy.Updated, new ulong[] { 1, 2, 3, 5 })]
    [InlineData(TasksOrderBy.UpdatedDescending, new ulong[] { 5, 2, 3, 1 })]
    public void Rows_come_in_order_and_ties_by_id(TasksOrderBy order, ulong[] expected)
    {
        TasksQuery query = _state.Query().OrderBy(order);
        Assert.Equal(expected, query.ToList().Select(task => task.Id));
        Assert.Equal(expected[..2], query.Limit(2).Select(task => task.Id));
        Assert.Equal(expected[0], query.FirstOrDefault()!.Id);
    }

    [Fact]
    public void Terminals_say_how_many_which_first_and_whether()
    {
        TasksQuery pending = _state.Query().WithStatus(TaskItemStatus.Pending);
        Assert.Equal(2, pending.Count());
        Assert.Equal(2, pending.Limit(1).Count());
        Assert.Single(pending.Limit(1).ToList());
        Assert.Empty(pending.Limit(0).ToList());
        Assert.True(pending.Any());
        Assert.False(pending.TitleContains("ship").Any());
        Assert.Null(pending.TitleContains("ship").FirstOrDefault());
        Assert.Equal(3UL, _state.Query().TitleContains("größe").FirstOrDefault()!.Id);
        Assert.Throws<ArgumentOutOfRangeException>(() => pending.Limit(-1));
    }

    [Fact]
    public void Whether_there_is_one_is_known_at_the_first()
    {
        int looked = 0;
        Assert.True(_state.Query().OrderBy(TasksOrderBy.Updated).Where(_ => ++looked > 0).Any());
        Assert.Equal(1, looked);
    }

    [Fact]
    public void A_query_reads_where_it_is_bound_to_and_again_each_time()
    {
        var source = new CountingSource(_state);
        TasksQuery query = new TasksQuery(source).WithStatus(TaskItemStatus.Pending);
        Assert.Equal(2, query.Count());
        Add(8, "new", 1, 1);
        Assert.Equal(3, query.ToList().Count);
        Assert.Equal(3, query.Select(task => task.Id).Count());
        Assert.Equal(3, source.Reads);
    }

    [Fact]
    public void An_ascii_text_folds_only_ascii_and_any_other_folds_all_of_Unicode()
    {
        Add(10, "\u212Aelvin", 0, 0); // the Kelvin sign is no ASCII letter
        Add(11, "kelvin", 0, 0);
        Add(12, "\u017Fieve", 0, 0); // nor is the long s
        Assert.Equal([11], Ids(_state.Query().TitleContains("KELVIN")));
        Assert.Empty(Ids(_state.Query().TitleContains("SIEVE")));
        Assert.Equal([10, 11], Ids(_state.Query().TitleContains("\u212AELVIN")));
        Assert.Equal([3], Ids(_state.Query().TitleContains("GRÖßE")));
    }

    [Theory]
    [InlineData("ΟΔΟΣ", "οδος", true)]
    [InlineData("ΟΔΟΣ", "οδοσ", false)]
    [InlineData("ΟΔΟΣ Α", "δος ", true)]
    [InlineData("ΟΣΑ", "οσα", true)]
    [InlineData("İstanbul", "i\u0307stan", true)]
    [InlineData("ΣΑΣ", "Σ", true)]
    [InlineData("ΑΣ", "Σ", false)] // alone it is no end of a word: σ, not ς
    [InlineData("ÀÉ", "àé", true)]
    [InlineData("\U00010400", "\U00010428", true)]
    public void Lower_case_follows_the_full_rules(string title, string needle, bool isFound)
    {
        Add(20, title, 0, 0);
        Assert.Equal(isFound, _state.Query().IdIn(20).TitleContains(needle).Any());
    }

    private static IEnumerable<ulong> Ids(IEnumerable<TaskItem> tasks) => tasks.Select(task => task.Id).Order();

    private void Add(ulong id, string title, ulong createdNs, ulong updatedNs, bool isCompleted = false) =>
        _state.Set(new TaskItem(id, title, isCompleted ? TaskItemStatus.Completed : TaskItemStatus.Pending, createdNs, updatedNs));

    private sealed class CountingSource(TasksState state) : IStateSource<TasksState>
    {
        public int Reads { get; private set; }

        public TResult Read<TArgument, TResult>(TArgument argument, Func<TasksState, TArgument, TResult> read)
        {
            Reads++;
            return read(state, argument);
        }
    }
}
