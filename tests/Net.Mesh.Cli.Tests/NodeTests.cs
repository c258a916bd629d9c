using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>Nodes as processes.</summary>
public sealed class NodeTests : IDisposable
{
    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_node_reports_its_peers_and_leaves_in_order_when_it_is_told_to_stop(string signal)
    {
        await using Netmesh first = Run("--json");
        await using Netmesh second = Run("--json", "--peer", await first.TicketAsync());
        string secondId = (await second.EventAsync("started")).GetProperty("node_id").GetString()!;
        JsonElement joined = await first.EventAsync("peer", line => line.GetProperty("change").GetString() == "joined");

        await second.SignalAsync(signal);
        NetmeshResult ended = await second.WaitAsync();

        Assert.Equal(secondId, joined.GetProperty("node_id").GetString());
        Assert.Equal("secure", joined.GetProperty("security").GetString());
        Assert.Equal(0, ended.ExitCode);
        Assert.Equal("stopped", NetmeshResult.Parse(ended.Output)[^1].GetProperty("event").GetString());
        // It said goodbye: nobody had to wait for a time limit.
        await first.EventAsync("peer", line => line.GetProperty("change").GetString() == "left");
    }

    [Fact]
    public async Task Without_a_terminal_and_without_json_the_node_writes_plain_lines()
    {
        await using Netmesh node = Run();
        string ticket = (await node.LineAsync(line => line.StartsWith("ticket netmesh:", StringComparison.Ordinal)))["ticket ".Length..];

        NetmeshResult connected = await Netmesh.RunAsync("peer", "connect", ticket, "--psk-file", _folder.Psk);

        Assert.True(connected.ExitCode == 0, connected.Error);
        Assert.Contains("connected, at 127.0.0.1:", connected.Output, StringComparison.Ordinal);
        string line = await node.LineAsync(text => text.Contains(" joined", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', line);
    }

    [Fact]
    public async Task Pings_come_back_through_a_relay()
    {
        await using Netmesh relay = Run("--json");
        string relayTicket = await relay.TicketAsync();
        await using Netmesh far = Run("--json", "--peer", relayTicket);
        await relay.EventAsync("peer", line => line.GetProperty("change").GetString() == "joined");

        NetmeshResult result = await Netmesh.RunAsync(
            "peer", "ping", await far.TicketAsync(), "--via", relayTicket, "-c", "3", "--interval", "0", "--psk-file", _folder.Psk, "--json");

        Assert.True(result.ExitCode == 0, result.Error);
        JsonElement summary = NetmeshResult.Parse(result.Output)[^1];
        Assert.Equal("ping_summary", summary.GetProperty("event").GetString());
        Assert.Equal(3, summary.GetProperty("received").GetInt32());
    }

    [Fact]
    public async Task List_shows_the_peers_and_the_nodes_behind_them()
    {
        await using Netmesh relay = Run("--json", "--heartbeat", "0.3");
        await using Netmesh far = Run("--json", "--heartbeat", "0.3", "--peer", await relay.TicketAsync());
        string farId = (await far.EventAsync("started")).GetProperty("node_id").GetString()!;
        await relay.EventAsync("peer", line => line.GetProperty("change").GetString() == "joined");

        NetmeshResult result = await Netmesh.RunAsync("peer", "list", "--peer", await relay.TicketAsync(), "--wait", "2", "--psk-file", _folder.Psk, "--json");

        Assert.True(result.ExitCode == 0, result.Error);
        IReadOnlyList<JsonElement> lines = NetmeshResult.Parse(result.Output);
        Assert.Contains(lines, line => line.GetProperty("event").GetString() == "peer");
        Assert.Contains(lines, line => line.GetProperty("event").GetString() == "node" && line.GetProperty("node_id").GetString() == farId);
    }

    [Fact]
    public async Task A_node_that_does_not_answer_is_unreachable()
    {
        await using Netmesh node = Run("--json");
        string ticket = await node.TicketAsync();
        _folder.Write("other.psk", new string('6', 64));

        NetmeshResult result = await Netmesh.RunAsync("peer", "connect", ticket, "--psk-file", _folder.At("other.psk"), "--timeout", "1", "--json");

        Assert.Equal(3, result.ExitCode);
        JsonElement line = Assert.Single(NetmeshResult.Parse(result.Error));
        Assert.Equal("handshake-timeout", line.GetProperty("kind").GetString());
        Assert.Equal(3, line.GetProperty("exit_code").GetInt32());
    }

    [Theory]
    [InlineData("node", "run", "--peer")]
    [InlineData("stream", "recv", "--peer")]
    [InlineData("peer", "connect")]
    public async Task A_node_does_not_dial_itself(params string[] verb)
    {
        NetmeshResult ticket = await Netmesh.RunAsync("node", "ticket", "--key", _folder.Key, "--address", "127.0.0.1:19001");

        NetmeshResult result = await Netmesh.RunAsync(
            [.. verb, ticket.Output.Trim(), "--key", _folder.Key, "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("is this node's own", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_measures_both_ends_in_one_process_and_in_two()
    {
        string[] small = ["--count", "20", "--seconds", "0.2", "--json"];
        NetmeshResult local = await Netmesh.RunAsync(["bench", "--local", .. small]);
        await using Netmesh far = Netmesh.Start("bench", "--listen", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        NetmeshResult between = await Netmesh.RunAsync(["bench", await far.TicketAsync(), "--psk-file", _folder.Psk, .. small]);
        await far.SignalAsync();

        foreach (NetmeshResult result in new[] { local, between })
        {
            Assert.True(result.ExitCode == 0, result.Error);
            IReadOnlyList<JsonElement> lines = NetmeshResult.Parse(result.Output);
            Assert.Equal(["latency", "throughput"], lines.Select(line => line.GetProperty("event").GetString()));
            Assert.True(lines[1].GetProperty("messages").GetInt64() > 0);
        }
        Assert.Equal(0, (await far.WaitAsync()).ExitCode);
    }

    private Netmesh Run(params string[] arguments) => Netmesh.Start(["node", "run", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, .. arguments]);
}
