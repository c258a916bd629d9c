namespace Net.Mesh.Conformance.Tests;

/// <summary>Payloads that cannot be embedded in a record (spec 05 §9.2).</summary>
public sealed class RawPayloadTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("redis")]
    [InlineData("jetstream")]
    [Trait("spec", "05 I2")]
    public async Task What_is_not_json_is_refused_at_emit_and_passed_over_where_somebody_stored_it(string adapter)
    {
        await using SharedStream stream = await SharedStream.StartAsync(adapter);
        // The original takes anything, and nobody can read it afterwards.
        await stream.Theirs("net", 1).EmitAsync(["""{"n":1}""", "not json", """{"n":2},"x":{""", """{"n":3}"""]);
        await using EventBus bus = await stream.OursAsync("net", 1);
        Assert.False(bus.TryEmitRaw("not json"u8, out _, out EmitRejection rejection));
        Assert.Equal(EmitRejection.NotJson, rejection);
        Assert.Equal(EventBusException.Serialization, Assert.Throws<EventBusException>(() => bus.EmitString("")).Kind);
        bus.EmitString("""{"n":4}""");
        await bus.FlushAsync(Stop);

        // Also the third, which tries to smuggle a member into the record.
        Assert.Equal(["""{"n":1}""", """{"n":3}""", """{"n":4}"""], (await Pages.ReadAllAsync(bus, 2)).Select(e => e.GetString()));
        RefPage theirs = await stream.Theirs("net", 1).PollAsync(100);
        Assert.Equal(["""{"n":1}""", """{"n":3}""", """{"n":4}"""], theirs.Events.Select(e => e.Raw));
    }
}
