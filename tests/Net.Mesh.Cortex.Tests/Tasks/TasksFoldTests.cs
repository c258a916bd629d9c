using System.Text.Json;
using CsCheck;
using Net.Mesh.Cortex.Events;
using Net.Mesh.Cortex.Tasks;

namespace Net.Mesh.Cortex.Tests.Tasks;

public sealed class TasksFoldTests
{
    private static readonly OriginHash Origin = new(0xABCDEF01);
    private readonly TasksState _state = new();
    private readonly EventPayloadBuffer _buffer = new();

    [Fact]
    public void Events_take_the_bytes_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("tasks_events").EnumerateArray())
        {
            byte[] payload = Encode(row);
            Assert.Equal(row.Bytes("tail_hex"), payload[24..]);
            Assert.Equal(row.Bytes("redex_payload_hex"), payload);
        }
    }

    [Fact]
    public void The_log_of_the_reference_folds_to_its_rows()
    {
        foreach (JsonElement row in RedexVectors.Live("channels", "cortex/tasks", "entries").EnumerateArray())
            Assert.Equal(EventFault.None, TasksFold.Apply(row.Bytes("payload_hex"), _state));
        AssertRows(RedexVectors.Live("cortex", "tasks", "state"));
    }

    [Fact]
    [Trait("spec", "06 I7")]
    public void Of_a_log_with_damaged_events_the_same_rows_remain_as_in_the_reference()
    {
        JsonElement crafted = RedexVectors.Live("cortex", "crafted_tasks");
        var faults = new Dictionary<string, EventFault>();
        foreach (JsonElement row in crafted.GetProperty("events").EnumerateArray())
            faults[row.Text("what")] = TasksFold.Apply(row.Bytes("payload_hex"), _state);
        AssertRows(crafted.GetProperty("state"));
        Assert.Equal(crafted.UInt64("fold_errors"), (ulong)faults.Values.Count(fault => fault != EventFault.None));
        Assert.Equal(EventFault.BadChecksum, faults["bad"]);
        Assert.Equal(EventFault.TooShort, faults["short23"]);
        Assert.Equal(EventFault.BadChecksum, faults["unknown dispatch 0x0f bad checksum"]);
        Assert.Equal(EventFault.BadTail, faults["bad utf8"]);
        Assert.Equal(EventFault.BadTail, faults["trunc tail"]);
    }

    [Fact]
    [Trait("spec", "06 I8")]
    public void An_unknown_dispatch_is_applied_and_changes_nothing_but_a_damaged_one_is_a_fault()
    {
        byte[] unknown = EventEnvelope.Create(0x0F, Origin, 1, "anything"u8.ToArray()).ToArray();
        Assert.Equal(EventFault.None, TasksFold.Apply(unknown, _state));
        Assert.True(_state.IsEmpty);
        unknown[^1] ^= 1;
        Assert.Equal(EventFault.BadChecksum, TasksFold.Apply(unknown, _state));
    }

    [Fact]
    [Trait("spec", "06 I9")]
    public void The_largest_counter_of_a_peer_is_folded_like_any_other()
    {
        Assert.Equal(EventFault.None, TasksFold.Apply(TaskEvents.Created(_buffer, Origin, ulong.MaxValue, 1, "a", 2), _state));
        Assert.Equal(new TaskItem(1, "a", TaskItemStatus.Pending, 2, 2), _state.Find(1));
    }

    [Fact]
    public void A_task_lives_as_its_events_say()
    {
        Apply(TaskEvents.Created(_buffer, Origin, 0, 1, "write", 100));
        Apply(TaskEvents.Renamed(_buffer, Origin, 1, 1, "ship", 200));
        Assert.Equal(new TaskItem(1, "ship", TaskItemStatus.Pending, 100, 200), _state.Find(1));
        Apply(TaskEvents.Completed(_buffer, Origin, 2, 1, 300));
        Apply(TaskEvents.Completed(_buffer, Origin, 3, 1, 400));
        Assert.Equal(new TaskItem(1, "ship", TaskItemStatus.Completed, 100, 400), _state.Find(1));
        Apply(TaskEvents.Created(_buffer, Origin, 4, 1, "again", 500));
        Assert.Equal(new TaskItem(1, "again", TaskItemStatus.Pending, 500, 500), Assert.Single(_state.All));
        Apply(TaskEvents.Deleted(_buffer, Origin, 5, 1));
        Assert.Null(_state.Find(1));
        Assert.Equal(0, _state.CountOf(TaskItemStatus.Pending) + _state.CountOf(TaskItemStatus.Completed));
    }

    [Fact]
    public void Events_of_a_task_that_is_not_there_do_nothing()
    {
        Apply(TaskEvents.Renamed(_buffer, Origin, 0, 9, "x", 1));
        Apply(TaskEvents.Completed(_buffer, Origin, 1, 9, 1));
        Apply(TaskEvents.Deleted(_buffer, Origin, 2, 9));
        Assert.True(_state.IsEmpty);
    }

    [Fact]
    public void The_table_agrees_with_a_plain_map_whatever_happens()
    {
        Gen<(int Operation, ulong Id, ulong Now)> step = Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 12], Gen.ULong);
        step.Array[0, 200].Sample(steps =>
        {
            var state = new TasksState();
            var buffer = new EventPayloadBuffer();
            var model = new Dictionary<ulong, TaskItem>();
            foreach ((int operation, ulong id, ulong now) in steps)
                Step(state, buffer, model, operation, id, now);
            Assert.Equal(model.Values.OrderBy(task => task.Id), state.All.OrderBy(task => task.Id));
            Assert.Equal(model.Values.Where(t => t.Status == TaskItemStatus.Completed).OrderBy(t => t.Id), state.Completed.OrderBy(t => t.Id));
            Assert.All(model, pair => Assert.Equal(pair.Value, state.Find(pair.Key)));
        });
    }

    [Fact]
    public void Cut_and_random_payloads_are_faults_that_leave_the_state_alone()
    {
        byte[] tail = TaskEvents.Created(_buffer, Origin, 0, 300, "title", 70_000)[24..].ToArray();
        for (int length = 0; length < tail.Length; length++)
            Assert.Equal(EventFault.BadTail, TasksFold.Apply(EventEnvelope.Create(CortexDispatch.TaskCreated, Origin, 0, tail[..length]).ToArray(), _state));
        Gen.Byte.Array[0, 80].Sample(bytes => TasksFold.Apply(bytes, _state) != EventFault.None);
        Gen.Select(Gen.Byte[0, 5], Gen.Byte.Array[0, 30]).Sample((dispatch, bytes) =>
        {
            TasksFold.Apply(EventEnvelope.Create(dispatch, Origin, 0, bytes).ToArray(), new TasksState());
        });
        Assert.True(_state.IsEmpty);
    }

    [Fact]
    public void Writing_an_event_allocates_nothing_once_the_buffer_is_there() =>
        Assert.Equal(0, Steady.Allocation(() => TaskEvents.Created(_buffer, Origin, 1, 2, "write docs", 3)));

    private static void Step(TasksState state, EventPayloadBuffer buffer, Dictionary<ulong, TaskItem> model, int operation, ulong id, ulong now)
    {
        switch (operation)
        {
            case 0:
                TasksFold.Apply(TaskEvents.Created(buffer, Origin, 0, id, "t", now), state);
                model[id] = new TaskItem(id, "t", TaskItemStatus.Pending, now, now);
                break;
            case 1:
                TasksFold.Apply(TaskEvents.Renamed(buffer, Origin, 0, id, "r", now), state);
                if (model.TryGetValue(id, out TaskItem? renamed))
                    model[id] = renamed with { Title = "r", UpdatedNs = now };
                break;
            case 2:
                TasksFold.Apply(TaskEvents.Completed(buffer, Origin, 0, id, now), state);
                if (model.TryGetValue(id, out TaskItem? completed))
                    model[id] = completed with { Status = TaskItemStatus.Completed, UpdatedNs = now };
                break;
            default:
                TasksFold.Apply(TaskEvents.Deleted(buffer, Origin, 0, id), state);
                model.Remove(id);
                break;
        }
    }

    private void Apply(ReadOnlySpan<byte> payload) => Assert.Equal(EventFault.None, TasksFold.Apply(payload, _state));

    private void AssertRows(JsonElement rows) =>
        Assert.Equal(rows.EnumerateArray().Select(row => row.Task()), _state.Query().OrderBy(TasksOrderBy.Id).ToList());

    private byte[] Encode(JsonElement row)
    {
        JsonElement fields = row.GetProperty("fields");
        ulong number = row.UInt64("app_seq");
        ulong id = fields.UInt64("id");
        return row.UInt64("dispatch") switch
        {
            1 => TaskEvents.Created(_buffer, row.Origin(), number, id, fields.Text("title"), fields.UInt64("now_ns")).ToArray(),
            2 => TaskEvents.Renamed(_buffer, row.Origin(), number, id, fields.Text("new_title"), fields.UInt64("now_ns")).ToArray(),
            3 => TaskEvents.Completed(_buffer, row.Origin(), number, id, fields.UInt64("now_ns")).ToArray(),
            _ => TaskEvents.Deleted(_buffer, row.Origin(), number, id).ToArray(),
        };
    }
}
