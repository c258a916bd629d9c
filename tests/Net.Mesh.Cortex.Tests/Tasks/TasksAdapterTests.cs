using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Cortex.Tests.Support;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tests.Tasks;

/// <summary>Tasks in a log: writing, reading, counting and watching.</summary>
public sealed class TasksAdapterTests
{
    private static readonly OriginHash Me = new(0xABCD_EF01);
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_task_lives_and_the_log_has_what_the_reference_would_write()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var redex = new Redex(new() { TimeProvider = time });
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
        WriteToken created = await tasks.CreateAsync(1, "write docs");
        await tasks.WaitForAsync(created, Long);
        Assert.Equal(new TaskItem(1, "write docs", TaskItemStatus.Pending, 0, 0), tasks.FindUnique(1));
        redex.TryGetFile(CortexChannels.Tasks, out RedexFile? log);
        log!.TryReadOne(0, out RedexEvent read);
        Assert.Equal("0100000001efcdab000000000000000000000000df75a6bd010a777269746520646f637300", Convert.ToHexStringLower(read.Payload.Span));

        time.Advance(TimeSpan.FromSeconds(1));
        await tasks.RenameAsync(1, "write more docs");
        await tasks.WaitForAsync(await tasks.CompleteAsync(1, nowNs: 7), Long);
        Assert.Equal(new TaskItem(1, "write more docs", TaskItemStatus.Completed, 0, 7), tasks.FindUnique(1));
        await tasks.WaitForSeqAsync(await tasks.RenameAsync(2, "nobody"));
        Assert.Null(tasks.FindUnique(2));
        await tasks.WaitForAsync(await tasks.DeleteAsync(1), Long);
        Assert.Equal(0, tasks.Count);
        Assert.Equal(0, tasks.Cortex.FoldErrors);
    }

    [Fact]
    public async Task Tasks_are_found_counted_and_asked_for()
    {
        await using var redex = new Redex();
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
        for (ulong i = 1; i <= 10; i++)
            await tasks.CreateAsync(i, $"task {i}", nowNs: i);
        await tasks.WaitForAsync(await tasks.CompleteAsync(3, nowNs: 20), Long);
        Assert.Equal([3UL], tasks.FindMany(new() { Status = TaskItemStatus.Completed }).Select(static task => task.Id));
        Assert.Equal(9, tasks.CountWhere(new() { Status = TaskItemStatus.Pending }));
        Assert.True(tasks.ExistsWhere(new() { TitleContains = "TASK 10" }));
        Assert.False(tasks.ExistsWhere(new() { TitleContains = "task 11" }));
        Assert.Equal([10UL, 9UL], tasks.Query().WithStatus(TaskItemStatus.Pending).OrderBy(TasksOrderBy.IdDescending).Limit(2).ToList().Select(static task => task.Id));
        Assert.Equal(5, tasks.Where(static task => task.Id % 2 == 0).Count());
    }

    [Fact]
    public async Task Numbers_go_on_behind_those_in_the_log_which_is_folded_when_it_is_open()
    {
        using var directory = new TempDirectory();
        var options = new CortexAdapterOptions { File = new() { Persistent = true } };
        for (ulong round = 0; round < 3; round++)
        {
            await using var redex = new Redex(new() { PersistentDirectory = directory.Path });
            await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me, options);
            Assert.Equal((int)round * 2, tasks.Count);
            WriteToken first = await tasks.CreateAsync(round * 2, "a");
            await tasks.CreateAsync((round * 2) + 1, "b");
            Assert.Equal(round * 2, MetaAt(tasks, first.Seq).Number);
        }
    }

    [Fact]
    [Trait("spec", "06 T29")]
    public async Task Writers_beside_each_other_get_a_number_each_however_fast_the_fold_is()
    {
        await using var redex = new Redex();
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
                await tasks.WaitForAsync(await tasks.CreateAsync((ulong)((writer * 500) + i), "x"), Long);
        })));
        ulong[] numbers = [.. tasks.Cortex.File.ReadRange(0, ulong.MaxValue).Select(static read => Meta(read).Number).Order()];
        Assert.Equal(Enumerable.Range(0, 2000).Select(static number => (ulong)number), numbers);
        Assert.Equal(2000, tasks.Count);
    }

    [Fact]
    public async Task Others_events_are_folded_and_do_not_move_the_numbers()
    {
        await using var redex = new Redex();
        await using TasksAdapter mine = await TasksAdapter.OpenAsync(redex, Me);
        await using TasksAdapter theirs = await TasksAdapter.OpenAsync(redex, new(99));
        for (ulong i = 0; i < 5; i++)
            await theirs.CreateAsync(i, "theirs");
        WriteToken token = await mine.CreateAsync(100, "mine");
        await mine.WaitForAsync(token, Long);
        Assert.Equal(6, mine.Count);
        Assert.Equal(0UL, MetaAt(mine, token.Seq).Number);
        // A forged highest number does not end the counter.
        mine.Cortex.Ingest(EventEnvelope.Create(CortexDispatch.TaskDeleted, Me, ulong.MaxValue, new byte[] { 100 }));
        mine.Cortex.Ingest(EventEnvelope.Create(CortexDispatch.TaskDeleted, Me, 40, new byte[] { 3 }));
        await mine.CatchUpAsync();
        Assert.Equal(41UL, MetaAt(mine, await mine.DeleteAsync(1)).Number);
    }

    [Fact]
    public async Task A_snapshot_brings_rows_and_numbers_along()
    {
        ModelSnapshot snapshot;
        await using (var redex = new Redex())
        {
            await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
            await tasks.CreateAsync(1, "one");
            await tasks.WaitForAsync(await tasks.CreateAsync(2, "two"), Long);
            snapshot = tasks.Snapshot();
            Assert.Equal(1UL, snapshot.LastSeq);
        }
        await using var other = new Redex();
        await using TasksAdapter restored = await TasksAdapter.OpenFromSnapshotAsync(other, Me, snapshot);
        Assert.Equal(2, restored.Count);
        WriteToken token = await restored.CreateAsync(3, "three");
        await restored.WaitForAsync(token, Long);
        Assert.Equal((2UL, 2UL), (token.Seq, MetaAt(restored, token.Seq).Number));
        var broken = await Assert.ThrowsAsync<CortexException>(() => TasksAdapter.OpenFromSnapshotAsync(other, Me, new(new byte[] { 1, 200 }, 1)).AsTask());
        Assert.Equal(RedexErrorKind.Encode, ((RedexException)broken.InnerException!).Error);
    }

    [Fact]
    public async Task A_watch_is_in_order_and_tells_what_changed_for_its_filter_alone()
    {
        await using var redex = new Redex();
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
        for (ulong i = 5; i >= 1; i--)
            await tasks.CreateAsync(i, "x");
        await tasks.CatchUpAsync();
        await using IAsyncEnumerator<IReadOnlyList<TaskItem>> pending = tasks.Watch(static task => task.Status == TaskItemStatus.Pending).GetAsyncEnumerator();
        await using IAsyncEnumerator<IReadOnlyList<TaskItem>> newest = tasks.Watch(tasks.Query().OrderBy(TasksOrderBy.IdDescending).Limit(2)).GetAsyncEnumerator();
        Assert.True(await pending.MoveNextAsync());
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL], pending.Current.Select(static task => task.Id));
        Assert.True(await newest.MoveNextAsync());
        Assert.Equal([5UL, 4UL], newest.Current.Select(static task => task.Id));
        ValueTask<bool> other = newest.MoveNextAsync();
        await tasks.CompleteAsync(2);
        Assert.True(await pending.MoveNextAsync());
        Assert.Equal([1UL, 3UL, 4UL, 5UL], pending.Current.Select(static task => task.Id));
        await tasks.CatchUpAsync();
        Assert.False(other.IsCompleted);
        await tasks.CreateAsync(6, "y");
        Assert.True(await other);
        Assert.Equal([6UL, 5UL], newest.Current.Select(static task => task.Id));
    }

    [Fact]
    public async Task A_snapshot_and_its_changes_fit_together()
    {
        await using var redex = new Redex();
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
        await tasks.WaitForAsync(await tasks.CreateAsync(1, "a", nowNs: 1), Long);
        (IReadOnlyList<TaskItem> snapshot, IAsyncEnumerable<IReadOnlyList<TaskItem>> changes) = tasks.SnapshotAndWatch(static task => task.Status == TaskItemStatus.Pending);
        Assert.Single(snapshot);
        await using IAsyncEnumerator<IReadOnlyList<TaskItem>> reader = changes.GetAsyncEnumerator();
        // To another list and back, again and again: each is told.
        for (int i = 0; i < 3; i++)
        {
            await tasks.CompleteAsync(1, nowNs: 2);
            Assert.True(await reader.MoveNextAsync());
            Assert.Empty(reader.Current);
            await tasks.CreateAsync(1, "a", nowNs: 1);
            Assert.True(await reader.MoveNextAsync());
            Assert.Equal(snapshot, reader.Current);
        }
    }

    [Fact]
    public async Task What_is_wrong_is_refused_before_it_is_in_the_log()
    {
        await using var redex = new Redex();
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me);
        await Assert.ThrowsAsync<ArgumentNullException>(() => tasks.CreateAsync(1, null!).AsTask());
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => tasks.CreateAsync(1, "x", DateTimeOffset.UnixEpoch.AddSeconds(-1)).AsTask());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tasks.DeleteAsync(1, new CancellationToken(canceled: true)).AsTask());
        Assert.True(tasks.Cortex.File.IsEmpty);
    }

    private static EventMeta MetaAt(TasksAdapter tasks, ulong seq)
    {
        Assert.True(tasks.Cortex.File.TryReadOne(seq, out RedexEvent read));
        return Meta(read);
    }

    private static EventMeta Meta(RedexEvent read)
    {
        Assert.True(EventMeta.TryRead(read.Payload.Span, out EventMeta meta));
        return meta;
    }
}
