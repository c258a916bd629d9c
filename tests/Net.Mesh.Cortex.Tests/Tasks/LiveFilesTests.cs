using System.Text.Json;
using Net.Mesh.Cortex.Tests.Support;
using Net.Mesh.TestSupport;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tests.Tasks;

/// <summary>Logs and snapshots that the reference wrote, opened from copies of its files.</summary>
public sealed class LiveFilesTests
{
    private static readonly OriginHash Me = new(0xABCD_EF01);
    private static readonly CortexAdapterOptions OnDisk = new() { File = new() { Persistent = true } };

    [Fact]
    public async Task Tasks_of_the_reference_are_folded_to_its_rows()
    {
        using var directory = new TempDirectory();
        directory.Copy(Path.Combine(Requires.Vectors(), "live", "redex", "base"));
        JsonElement expected = RedexVectors.Live("cortex", "tasks");
        await using var redex = new Redex(new() { PersistentDirectory = directory.Path });
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me, OnDisk);
        Assert.Equal(expected.GetProperty("state").EnumerateArray().Select(static row => row.Task()), tasks.Query().OrderBy(TasksOrderBy.Id).ToList());
        Assert.Equal(expected.UInt64("snapshot_last_seq"), tasks.Snapshot().LastSeq);
        Assert.Equal(expected.Bytes("snapshot_hex").Length, tasks.Snapshot().Bytes.Length);
        Assert.Equal(0, tasks.Cortex.FoldErrors);

        // Behind the reference's snapshot there is nothing to fold, and the next number is the one it would give.
        await using TasksAdapter restored = await TasksAdapter.OpenFromSnapshotAsync(redex, Me, new(RedexVectors.LiveFile("snapshots/tasks.snapshot"), expected.UInt64("snapshot_last_seq")), OnDisk);
        Assert.Equal(tasks.Query().OrderBy(TasksOrderBy.Id).ToList(), restored.Query().OrderBy(TasksOrderBy.Id).ToList());
        Assert.Equal(10UL, Number(restored, await restored.DeleteAsync(12345)));
    }

    [Fact]
    public async Task Memories_of_the_reference_are_folded_to_its_rows()
    {
        using var directory = new TempDirectory();
        directory.Copy(Path.Combine(Requires.Vectors(), "live", "redex", "base"));
        JsonElement expected = RedexVectors.Live("cortex", "memories");
        await using var redex = new Redex(new() { PersistentDirectory = directory.Path });
        await using MemoriesAdapter memories = await MemoriesAdapter.OpenAsync(redex, Me, OnDisk);
        Assert.Equal(expected.GetProperty("state").EnumerateArray().Select(static row => row.Memory()), memories.Query().OrderBy(MemoriesOrderBy.Id).ToList());
        Assert.Equal(expected.UInt64("snapshot_last_seq"), memories.Snapshot().LastSeq);
        await using MemoriesAdapter restored = await MemoriesAdapter.OpenFromSnapshotAsync(redex, Me, new(RedexVectors.LiveFile("snapshots/memories.snapshot"), expected.UInt64("snapshot_last_seq")), OnDisk);
        Assert.Equal(memories.Query().OrderBy(MemoriesOrderBy.Id).ToList(), restored.Query().OrderBy(MemoriesOrderBy.Id).ToList());
    }

    [Fact]
    public async Task What_the_reference_made_of_hand_made_events_is_made_of_them()
    {
        using var directory = new TempDirectory();
        directory.Copy(Path.Combine(Requires.Vectors(), "live", "redex", "crafted"));
        JsonElement expected = RedexVectors.Live("cortex", "crafted_tasks");
        await using var redex = new Redex(new() { PersistentDirectory = directory.Path });
        await using TasksAdapter tasks = await TasksAdapter.OpenAsync(redex, Me, OnDisk);
        Assert.Equal(expected.GetProperty("state").EnumerateArray().Select(static row => row.Task()), tasks.Query().OrderBy(TasksOrderBy.Id).ToList());
        Assert.Equal(
            ((ulong?)expected.UInt64("folded_through"), (ulong?)expected.UInt64("applied_through"), (long)expected.UInt64("fold_errors")),
            (tasks.Cortex.FoldedThroughSeq, tasks.Cortex.AppliedThroughSeq, tasks.Cortex.FoldErrors));
        Assert.Equal([2UL, 3UL, 4UL, 7UL, 15UL], tasks.Cortex.SkippedEvents.Select(static skipped => skipped.Seq));
        Assert.Equal(expected.UInt64("next_counter_stamped"), Number(tasks, await tasks.DeleteAsync(12345)));
    }

    [Theory]
    [InlineData("bundle_two")]
    [InlineData("bundle_100")]
    [InlineData("bundle_empty_both")]
    [InlineData("bundle_tasks_only_empty")]
    public async Task Databases_are_built_from_bundles_of_the_reference(string name)
    {
        JsonElement expected = RedexVectors.Live("bundles", name);
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithOrigin(Me).WithTasks().WithMemories().BuildFromSnapshotAsync(expected.Bytes("hex"));
        if (expected.TryGetProperty("state", out JsonElement state) && state.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal(state.GetProperty("tasks").EnumerateArray().Select(static row => row.Task()), db.Tasks.Query().OrderBy(TasksOrderBy.Id).ToList());
            Assert.Equal(state.GetProperty("memories").EnumerateArray().Select(static row => row.Memory()), db.Memories.Query().OrderBy(MemoriesOrderBy.Id).ToList());
        }
        ulong? last = expected.GetProperty("tasks_last_seq") is { ValueKind: not JsonValueKind.Null } seq ? seq.UInt64() : null;
        Assert.Equal(last, db.Tasks.Cortex.AppliedThroughSeq);
        WriteToken token = await db.Tasks.CreateAsync(1_000_000, "next");
        Assert.Equal(last + 1 ?? 0, token.Seq);
        await db.Tasks.WaitForAsync(token, TimeSpan.FromMinutes(1));
    }

    private static ulong Number(TasksAdapter tasks, WriteToken token)
    {
        Assert.True(tasks.Cortex.File.TryReadOne(token.Seq, out RedexEvent read));
        Assert.True(EventMeta.TryRead(read.Payload.Span, out EventMeta meta));
        return meta.Number;
    }
}
