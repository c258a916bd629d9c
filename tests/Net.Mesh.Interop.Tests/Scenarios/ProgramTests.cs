using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Scenarios;

/// <summary>The test peer as a program keeps to the contract of the independent one.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task Replies_and_errors_are_those_of_the_contract()
    {
        await using LinePeer lines = Implementation.OursAsProgram.Start();
        Assert.Equal("not_listening", await ErrorAsync(lines, "peers"));
        Assert.Equal("unknown_op", await ErrorAsync(lines, "dance"));
        Assert.Equal("not_supported", await ErrorAsync(lines, "probe_reflex"));
        Assert.Equal("invalid", await ErrorAsync(lines, "listen"));
        Assert.Equal("not_supported", await ErrorAsync(lines, "listen", new() { ["psk"] = new string('4', 64), ["profile"] = "reference" }));
        JsonObject listening = await lines.CallAsync("listen", new() { ["psk"] = new string('4', 64), ["seed"] = new string('1', 64) });
        // The contract's own example.
        Assert.StartsWith("0x4778", listening["node_id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("invalid", await ErrorAsync(lines, "listen", new() { ["psk"] = new string('4', 64) }));
        Assert.Equal("not_connected", await ErrorAsync(lines, "open_stream", new() { ["peer"] = "0x17", ["stream_id"] = 7 }));
        Assert.Equal("not_connected", await ErrorAsync(lines, "send_event", new() { ["peer"] = 23, ["text"] = "x" }));
        Assert.Empty((await lines.CallAsync("recv"))["events"]!.AsArray());
        Assert.Empty((await lines.CallAsync("peers"))["peers"]!.AsArray());
        await lines.CallAsync("close");
        Assert.Equal("not_listening", await ErrorAsync(lines, "stats"));
    }

    [Fact]
    public async Task Operations_run_side_by_side()
    {
        await using LinePeer lines = Implementation.OursAsProgram.Start();
        await lines.CallAsync("listen", new() { ["psk"] = new string('4', 64) });
        Task<JsonObject> waiting = lines.CallAsync("recv", new() { ["timeout"] = 15 });
        await lines.CallAsync("stats");
        Assert.False(waiting.IsCompleted);
        await lines.CallAsync("exit");
    }

    [Theory]
    [InlineData("""{"text":"aé"}""", "61c3a9")]
    [InlineData("""{"data":"00ff"}""", "00ff")]
    [InlineData("""{"fill":3}""", "030a11")]
    [InlineData("""{"json":{"a":[1,"é"]}}""", "7b2261223a5b312c22c3a9225d7d")]
    public async Task Payloads_have_the_forms_of_the_contract(string payload, string expected)
    {
        await using Pair pair = await Pair.ConnectedAsync(Implementation.Ours, ours: Implementation.OursAsProgram);
        JsonObject fields = JsonNode.Parse(payload)!.AsObject();
        fields["peer"] = pair.Other.Id;
        await pair.Ours.Lines.CallAsync("send_event", fields);
        JsonObject reply = await pair.Other.Lines.CallAsync("recv", new() { ["timeout"] = 10, ["stream_id"] = 0, ["peer"] = Convert.ToUInt64(pair.Ours.Id, 16) });
        Assert.Equal(expected, reply["events"]![0]!["data"]!.GetValue<string>());
    }

    private static async Task<string> ErrorAsync(LinePeer lines, string operation, JsonObject? fields = null)
    {
        JsonObject reply = await lines.TryCallAsync(operation, fields);
        Assert.False(reply["ok"]!.GetValue<bool>());
        Assert.NotEmpty(reply["message"]!.GetValue<string>());
        return reply["error"]!.GetValue<string>();
    }
}
