using System.Text.Json;
using CsCheck;
using Net.Mesh.Cortex.Memories;
using Net.Mesh.Cortex.Tasks;

namespace Net.Mesh.Cortex.Tests.Snapshots;

public sealed class SnapshotTests
{
    [Fact]
    public void Typed_snapshots_take_the_bytes_of_the_vectors()
    {
        JsonElement vectors = RedexVectors.Load("snapshots");
        TasksState one = Tasks(new TaskItem(1, "write docs", TaskItemStatus.Pending, 0, 0));
        Assert.Equal(vectors.GetProperty("tasks_state_one").Bytes("hex"), TasksSnapshot.StateCodec.Encode(one));
        Assert.Equal(
            vectors.GetProperty("tasks_state_completed").Bytes("hex"),
            TasksSnapshot.StateCodec.Encode(Tasks(new TaskItem(1, "task", TaskItemStatus.Completed, 100, 150))));
        Assert.Equal(vectors.GetProperty("tasks_adapter_snapshot").Bytes("hex"), TasksSnapshot.Encode(1, one));
        MemoriesState pinned = Memories(new MemoryItem(1, "hello", ["work"], "alice", 100, 100, IsPinned: true));
        Assert.Equal(vectors.GetProperty("memories_state_one").Bytes("hex"), MemoriesSnapshot.StateCodec.Encode(pinned));
        Assert.Equal(vectors.GetProperty("memories_adapter_snapshot").Bytes("hex"), MemoriesSnapshot.Encode(2, pinned));
        Assert.Equal(vectors.GetProperty("empty_adapter_snapshot").Bytes("hex"), TasksSnapshot.Encode(0, new TasksState()));
        Assert.Equal(vectors.GetProperty("empty_adapter_snapshot").Bytes("hex"), MemoriesSnapshot.Encode(0, new MemoriesState()));
    }

    [Fact]
    public void Bundles_take_the_bytes_of_the_vectors()
    {
        JsonElement vectors = RedexVectors.Load("snapshots");
        byte[] tasks = vectors.GetProperty("tasks_adapter_snapshot").Bytes("hex");
        byte[] memories = vectors.GetProperty("memories_adapter_snapshot").Bytes("hex");
        byte[] empty = vectors.GetProperty("empty_adapter_snapshot").Bytes("hex");
        CheckBundle(vectors.GetProperty("bundle_both").Bytes("hex"), new ModelSnapshot(tasks, 0), new ModelSnapshot(memories, 1));
        CheckBundle(vectors.GetProperty("bundle_tasks_only_no_seq").Bytes("hex"), new ModelSnapshot(empty, null), null);
        CheckBundle(vectors.GetProperty("bundle_empty").Bytes("hex"), null, null);
    }

    [Fact]
    public void Sizes_are_those_that_the_reference_published()
    {
        foreach (JsonElement row in RedexVectors.Load("snapshots", "published_sizes").EnumerateArray())
        {
            ulong n = row.UInt64("n");
            var tasks = new TasksState();
            var memories = new MemoriesState();
            for (ulong i = 0; i < n; i++)
            {
                tasks.Set(new TaskItem(i + 1, $"task-{i}", i % 3 == 0 ? TaskItemStatus.Completed : TaskItemStatus.Pending, i, i));
                memories.Set(new MemoryItem(i + 1, $"content-{i}", [i % 2 == 0 ? "alpha" : "beta"], "src", i, i, IsPinned: false));
            }
            // Every third task took a second event.
            byte[] tasksBytes = TasksSnapshot.Encode(n + ((n + 2) / 3), tasks);
            byte[] memoriesBytes = MemoriesSnapshot.Encode(n, memories);
            Assert.Equal(row.UInt64("tasks_snapshot_len"), (ulong)tasksBytes.Length);
            Assert.Equal(row.UInt64("memories_snapshot_len"), (ulong)memoriesBytes.Length);
            Assert.Equal(row.UInt64("published_sum"), (ulong)(tasksBytes.Length + memoriesBytes.Length));
        }
    }

    [Fact]
    public void The_files_of_the_reference_hold_its_rows()
    {
        Assert.True(TasksSnapshot.TryDecode(RedexVectors.LiveFile("snapshots/tasks.snapshot"), out ulong next, out TasksState? tasks));
        Assert.Equal(10UL, next);
        Assert.Equal(Rows(RedexVectors.Live("cortex", "tasks", "state"), row => row.Task()), tasks.Query().OrderBy(TasksOrderBy.Id));
        Assert.True(MemoriesSnapshot.TryDecode(RedexVectors.LiveFile("snapshots/memories.snapshot"), out next, out MemoriesState? memories));
        Assert.Equal(11UL, next);
        Assert.Equal(Rows(RedexVectors.Live("cortex", "memories", "state"), row => row.Memory()), memories.Query().OrderBy(MemoriesOrderBy.Id));
    }

    [Fact]
    public void The_bundles_of_the_reference_hold_its_rows()
    {
        JsonElement two = RedexVectors.Live("bundles", "bundle_two");
        NetDbSnapshot bundle = NetDbSnapshot.Decode(RedexVectors.LiveFile("snapshots/two.bundle"));
        Assert.Equal(two.UInt64("tasks_last_seq"), bundle.Tasks!.Value.LastSeq);
        Assert.Equal(two.UInt64("memories_last_seq"), bundle.Memories!.Value.LastSeq);
        (TasksState tasks, MemoriesState memories) = Open(bundle);
        Assert.Equal(Rows(two.GetProperty("state").GetProperty("tasks"), row => row.Task()), tasks.Query().OrderBy(TasksOrderBy.Id));
        Assert.Equal(Rows(two.GetProperty("state").GetProperty("memories"), row => row.Memory()), memories.Query().OrderBy(MemoriesOrderBy.Id));

        byte[] hundredBytes = RedexVectors.LiveFile("snapshots/hundred.bundle");
        NetDbSnapshot hundred = NetDbSnapshot.Decode(hundredBytes);
        Assert.Equal(hundredBytes, hundred.Encode());
        (tasks, memories) = Open(hundred);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => new TaskItem((ulong)i + 1, $"task-{i}", i % 3 == 0 ? TaskItemStatus.Completed : TaskItemStatus.Pending, (ulong)i, (ulong)i)),
            tasks.Query().OrderBy(TasksOrderBy.Id));
        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => new MemoryItem((ulong)i + 1, $"content-{i}", [i % 2 == 0 ? "alpha" : "beta"], "src", (ulong)i, (ulong)i, IsPinned: false)),
            memories.Query().OrderBy(MemoriesOrderBy.Id));
    }

    [Fact]
    public void Of_a_key_that_comes_twice_the_last_wins_and_the_key_is_who_it_is()
    {
        byte[] state = [2, 5, 9, 1, (byte)'a', 0, 1, 1, 5, 9, 1, (byte)'b', 1, 2, 3];
        Assert.True(TasksSnapshot.StateCodec.TryDecode(state, out TasksState? read));
        Assert.Equal(new TaskItem(5, "b", TaskItemStatus.Completed, 2, 3), Assert.Single(read.All));
        Assert.Equal(0, read.CountOf(TaskItemStatus.Pending));
    }

    [Fact]
    [Trait("spec", "06 I10")]
    public void Bytes_that_are_no_snapshot_are_refused()
    {
        byte[] tasks = TasksSnapshot.Encode(3, Tasks(new TaskItem(300, "title", TaskItemStatus.Completed, 1, 2), new TaskItem(4, "", TaskItemStatus.Pending, 1, 2)));
        Torn.RefusesEveryCut(tasks, bytes => TasksSnapshot.TryDecode(bytes, out _, out _));
        byte[] memories = MemoriesSnapshot.Encode(3, Memories(new MemoryItem(300, "text", ["a", "b"], "s", 1, 2, IsPinned: true)));
        Torn.RefusesEveryCut(memories, bytes => MemoriesSnapshot.TryDecode(bytes, out _, out _));
        byte[] bundle = new NetDbSnapshot(new ModelSnapshot(tasks, 300), new ModelSnapshot(memories, null)).Encode();
        Torn.RefusesEveryCut(bundle, bytes => NetDbSnapshot.TryDecode(bytes, out _));
        Assert.False(TasksSnapshot.StateCodec.TryDecode([1, 1, 1, 0, 2, 0, 0], out _));
        NetDbException refused = Assert.Throws<NetDbException>(() => NetDbSnapshot.Decode([2]));
        Assert.Equal(NetDbErrorKind.Snapshot, refused.Error);
        Assert.Equal("snapshot", refused.Kind);
    }

    [Fact]
    public void A_large_count_in_few_bytes_reserves_nothing()
    {
        byte[] many = [0xFF, 0xFF, 0xFF, 0x7F, .. new byte[64]];
        Assert.False(TasksSnapshot.StateCodec.TryDecode(many, out _));
        Assert.False(MemoriesSnapshot.StateCodec.TryDecode(many, out _));
        Assert.InRange(Steady.Allocation(() => TasksSnapshot.StateCodec.TryDecode(many, out _)), 0, 1000);
    }

    [Fact]
    public void Random_bytes_are_refused_or_read_and_never_throw() => Gen.Byte.Array[0, 60].Sample(
        bytes =>
        {
            TasksSnapshot.TryDecode(bytes, out _, out _);
            MemoriesSnapshot.TryDecode(bytes, out _, out _);
            NetDbSnapshot.TryDecode(bytes, out _);
            byte[] small = [.. bytes.Select(value => (byte)(value % 3))];
            TasksSnapshot.StateCodec.TryDecode(small, out _);
            MemoriesSnapshot.StateCodec.TryDecode(small, out _);
            NetDbSnapshot.TryDecode(small, out _);
        },
        iter: 10_000);

    private static void CheckBundle(byte[] bytes, ModelSnapshot? tasks, ModelSnapshot? memories)
    {
        Assert.Equal(bytes, new NetDbSnapshot(tasks, memories).Encode());
        NetDbSnapshot read = NetDbSnapshot.Decode([.. bytes, 0xAA]);
        Check(tasks, read.Tasks);
        Check(memories, read.Memories);

        static void Check(ModelSnapshot? expected, ModelSnapshot? actual)
        {
            Assert.Equal(expected?.LastSeq, actual?.LastSeq);
            Assert.Equal(expected?.Bytes.ToArray(), actual?.Bytes.ToArray());
        }
    }

    private static (TasksState Tasks, MemoriesState Memories) Open(NetDbSnapshot bundle)
    {
        Assert.True(TasksSnapshot.TryDecode(bundle.Tasks!.Value.Bytes.Span, out _, out TasksState? tasks));
        Assert.True(MemoriesSnapshot.TryDecode(bundle.Memories!.Value.Bytes.Span, out _, out MemoriesState? memories));
        return (tasks, memories);
    }

    private static IEnumerable<T> Rows<T>(JsonElement rows, Func<JsonElement, T> read) => rows.EnumerateArray().Select(read);

    private static TasksState Tasks(params TaskItem[] tasks)
    {
        var state = new TasksState();
        foreach (TaskItem task in tasks)
            state.Set(task);
        return state;
    }

    private static MemoriesState Memories(params MemoryItem[] memories)
    {
        var state = new MemoriesState();
        foreach (MemoryItem memory in memories)
            state.Set(memory);
        return state;
    }
}
