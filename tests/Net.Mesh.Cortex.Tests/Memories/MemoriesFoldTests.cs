using System.Text.Json;
using CsCheck;
using Net.Mesh.Cortex.Events;
using Net.Mesh.Cortex.Memories;

namespace Net.Mesh.Cortex.Tests.Memories;

public sealed class MemoriesFoldTests
{
    private static readonly OriginHash Origin = new(0xABCDEF01);
    private readonly MemoriesState _state = new();
    private readonly EventPayloadBuffer _buffer = new();

    [Fact]
    public void Events_take_the_bytes_of_the_vectors()
    {
        foreach (JsonElement row in RedexVectors.Load("memories_events").EnumerateArray())
        {
            byte[] payload = Encode(row);
            Assert.Equal(row.Bytes("tail_hex"), payload[24..]);
            Assert.Equal(row.Bytes("redex_payload_hex"), payload);
        }
    }

    [Fact]
    public void The_log_of_the_reference_folds_to_its_rows()
    {
        foreach (JsonElement row in RedexVectors.Live("channels", "cortex/memories", "entries").EnumerateArray())
            Assert.Equal(EventFault.None, MemoriesFold.Apply(row.Bytes("payload_hex"), _state));
        Assert.Equal(RedexVectors.Live("cortex", "memories", "state").EnumerateArray().Select(row => row.Memory()), _state.Query().OrderBy(MemoriesOrderBy.Id));
    }

    [Fact]
    [Trait("spec", "06 T31")]
    public void Storing_again_keeps_the_pin_and_the_time_of_creation()
    {
        Apply(MemoryEvents.Stored(_buffer, Origin, 0, 1, "hello", ["work"], "alice", 100));
        Apply(MemoryEvents.Pinned(_buffer, Origin, 1, 1, isPinned: true, 200));
        Apply(MemoryEvents.Stored(_buffer, Origin, 2, 1, "again", ["a", "a"], "bob", 300));
        Assert.Equal(new MemoryItem(1, "again", ["a", "a"], "bob", 100, 300, IsPinned: true), Assert.Single(_state.Pinned));
        Apply(MemoryEvents.Pinned(_buffer, Origin, 3, 1, isPinned: false, 400));
        Apply(MemoryEvents.Retagged(_buffer, Origin, 4, 1, [], 500));
        Assert.Equal(new MemoryItem(1, "again", [], "bob", 100, 500, IsPinned: false), Assert.Single(_state.Unpinned));
        Apply(MemoryEvents.Deleted(_buffer, Origin, 5, 1));
        Assert.True(_state.IsEmpty);
    }

    [Fact]
    public void Events_of_a_memory_that_is_not_there_do_nothing()
    {
        Apply(MemoryEvents.Retagged(_buffer, Origin, 0, 9, ["x"], 1));
        Apply(MemoryEvents.Pinned(_buffer, Origin, 1, 9, isPinned: true, 1));
        Apply(MemoryEvents.Deleted(_buffer, Origin, 2, 9));
        Assert.True(_state.IsEmpty);
    }

    [Fact]
    public void An_unknown_dispatch_is_applied_and_changes_nothing_but_a_damaged_one_is_a_fault()
    {
        byte[] unknown = EventEnvelope.Create(CortexDispatch.TaskCreated, Origin, 1, new byte[] { 1 }).ToArray();
        Assert.Equal(EventFault.None, MemoriesFold.Apply(unknown, _state));
        unknown[0] = CortexDispatch.MemoryDeleted;
        Assert.Equal(EventFault.BadChecksum, MemoriesFold.Apply(unknown, _state));
    }

    [Fact]
    public void Cut_and_random_payloads_are_faults_that_leave_the_state_alone()
    {
        byte[] tail = MemoryEvents.Stored(_buffer, Origin, 0, 300, "text", ["x", "y"], "src", 70_000)[24..].ToArray();
        for (int length = 0; length < tail.Length; length++)
            Assert.Equal(EventFault.BadTail, MemoriesFold.Apply(EventEnvelope.Create(CortexDispatch.MemoryStored, Origin, 0, tail[..length]).ToArray(), _state));
        Assert.Equal(EventFault.TooShort, MemoriesFold.Apply(new byte[23], _state));
        Assert.True(_state.IsEmpty);
        Gen.Select(Gen.Byte[0x0F, 0x15], Gen.Byte.Array[0, 30]).Sample((dispatch, bytes) =>
        {
            MemoriesFold.Apply(EventEnvelope.Create(dispatch, Origin, 0, bytes).ToArray(), new MemoriesState());
        });
    }

    [Fact]
    public void The_index_of_tags_agrees_with_the_rows_whatever_happens()
    {
        Gen<(int Operation, ulong Id, string[] Tags)> step = Gen.Select(Gen.Int[0, 3], Gen.ULong[0, 8], Gen.Int[0, 3].Select(i => "abcd"[i].ToString()).Array[0, 4]);
        step.Array[0, 100].Sample(steps =>
        {
            var state = new MemoriesState();
            var buffer = new EventPayloadBuffer();
            foreach ((int operation, ulong id, string[] tags) in steps)
            {
                MemoriesFold.Apply(
                    operation switch
                    {
                        0 => MemoryEvents.Stored(buffer, Origin, 0, id, "c", tags, "s", 1),
                        1 => MemoryEvents.Retagged(buffer, Origin, 0, id, tags, 2),
                        2 => MemoryEvents.Pinned(buffer, Origin, 0, id, tags.Length % 2 == 0, 3),
                        _ => MemoryEvents.Deleted(buffer, Origin, 0, id),
                    },
                    state);
            }
            foreach (string tag in (string[])["a", "b", "c", "d"])
            {
                Assert.Equal(state.All.Where(m => m.Tags.Contains(tag)).OrderBy(m => m.Id), state.Query().WithTag(tag).OrderBy(MemoriesOrderBy.Id));
                Assert.Equal(state.Query().Where(m => m.Tags.Contains(tag)).Count(), state.Query().WithTag(tag).Count());
                Assert.Equal(state.All.Any(m => m.Tags.Contains(tag) && m.IsPinned), state.Query().WithTag(tag).Pinned().Any());
            }
        });
    }

    private void Apply(ReadOnlySpan<byte> payload) => Assert.Equal(EventFault.None, MemoriesFold.Apply(payload, _state));

    private byte[] Encode(JsonElement row)
    {
        JsonElement fields = row.GetProperty("fields");
        ulong number = row.UInt64("app_seq");
        ulong id = fields.UInt64("id");
        return row.UInt64("dispatch") switch
        {
            0x10 => MemoryEvents.Stored(_buffer, row.Origin(), number, id, fields.Text("content"), Tags(fields), fields.Text("source"), fields.UInt64("now_ns")).ToArray(),
            0x11 => MemoryEvents.Retagged(_buffer, row.Origin(), number, id, Tags(fields), fields.UInt64("now_ns")).ToArray(),
            0x12 => MemoryEvents.Pinned(_buffer, row.Origin(), number, id, isPinned: true, fields.UInt64("now_ns")).ToArray(),
            0x13 => MemoryEvents.Pinned(_buffer, row.Origin(), number, id, isPinned: false, fields.UInt64("now_ns")).ToArray(),
            _ => MemoryEvents.Deleted(_buffer, row.Origin(), number, id).ToArray(),
        };
    }

    private static string[] Tags(JsonElement fields) => [.. fields.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];
}
