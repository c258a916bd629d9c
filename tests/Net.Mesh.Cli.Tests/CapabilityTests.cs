using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>What nodes can do, told and found between processes.</summary>
public sealed class CapabilityTests : IDisposable
{
    private const string InUlm = """{"nodes":[{"kind":"exists","key":{"axis":"hardware","key":"gpu"}},{"kind":"metadata_equals","key":"site","value":"ulm"},{"kind":"and","children":[0,1]}],"root_idx":2}""";

    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_node_announces_is_found_by_all_that_it_has_and_by_nothing_else()
    {
        await using Netmesh node = Announce(
            "--gpu", "nvidia:RTX 4090:24", "--cpu", "16", "--memory", "64", "--tag", "model:llama3-70b", "--metadata", "site=ulm", "--tenant", "oem-123");
        string ticket = await node.TicketAsync();
        string nodeId = (await node.EventAsync("started")).GetProperty("node_id").GetString()!;
        string[][] matching =
        [
            ["--gpu", "--min-vram", "16", "--min-memory", "64", "--tag", "model:llama3-70b", "--tenant", "oem-123"],
            ["--require", "hardware.memory_gb >= 64", "--where", InUlm],
        ];
        string[][] missing =
        [
            ["--min-vram", "25"],
            ["--min-memory", "65"],
            ["--tag", "model:other"],
            ["--model", "llama3"],
            ["--tenant", "oem-9"],
            ["--region", "eu"],
            ["--require", "hardware.memory_gb >= 65"],
            ["--where", InUlm.Replace("ulm", "bonn", StringComparison.Ordinal)],
        ];

        foreach (string[] question in matching)
        {
            NetmeshResult found = await FindAsync(ticket, [.. question, "--count", "1", "--wait", "60", "--json"]);
            Assert.True(found.ExitCode == 0, found.Error);
            JsonElement line = Assert.Single(NetmeshResult.Parse(found.Output));
            Assert.Equal((nodeId, "found"), (Word(line, "node_id"), Word(line, "change")));
            Assert.Contains("hardware.gpu.vram_gb=24", line.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
            Assert.Equal("ulm", line.GetProperty("metadata").GetProperty("site").GetString());
        }
        NetmeshResult[] nothing = await Task.WhenAll(missing.Select(question => FindAsync(ticket, [.. question, "--wait", "5"])));
        Assert.All(nothing, result => Assert.Equal((1, ""), (result.ExitCode, result.Output)));
        Assert.All(nothing, result => Assert.Contains("(1 were heard of)", result.Error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_find_as_text_is_a_line_for_each_node()
    {
        await using Netmesh node = Announce("--gpu", "amd:MI300X:192", "--tag", "pool.a");

        NetmeshResult found = await FindAsync(await node.TicketAsync(), "--gpu", "--count", "1", "--wait", "60");

        Assert.True(found.ExitCode == 0, found.Error);
        Assert.Matches("^cap    0x[0-9a-f]{16} found: Amd MI300X 192 GiB; pool.a\n$", found.Output);
    }

    [Fact]
    public async Task A_running_node_passes_on_what_others_announce()
    {
        await using Netmesh middle = Netmesh.Start("node", "run", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        string ticket = await middle.TicketAsync();
        await using Netmesh node = Announce("--tag", "far", "--interval", "1", "--via", ticket);
        await node.EventAsync("peer", line => Word(line, "change") == "joined");
        string nodeId = (await node.EventAsync("started")).GetProperty("node_id").GetString()!;

        NetmeshResult found = await Netmesh.RunAsync(
            new Dictionary<string, string> { ["NETMESH_VIA"] = ticket },
            "cap", "find", "--tag", "far", "--count", "1", "--wait", "60", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");

        Assert.True(found.ExitCode == 0, found.Error);
        Assert.Equal(nodeId, Word(Assert.Single(NetmeshResult.Parse(found.Output)), "node_id"));
    }

    [Fact]
    public async Task A_watch_sees_nodes_come_and_go()
    {
        await using Netmesh node = Announce("--gpu", "nvidia");
        await using Netmesh watch = Netmesh.Start("cap", "watch", "--gpu", "--via", await node.TicketAsync(), "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        await watch.EventAsync("capability", line => Word(line, "change") == "joined");

        await node.SignalAsync();
        NetmeshResult gone = await node.WaitAsync();
        await watch.EventAsync("capability", line => Word(line, "change") == "left");
        await watch.SignalAsync();

        Assert.Equal((0, 0), (gone.ExitCode, (await watch.WaitAsync()).ExitCode));
    }

    [Fact]
    public async Task Show_dials_a_ticket_and_says_why_a_predicate_holds_or_not()
    {
        await using Netmesh node = Announce("--gpu", "nvidia:L4:24", "--metadata", "site=bonn", "--tag", "pool.a");
        string ticket = await node.TicketAsync();
        string[] common = ["--where", InUlm, "--wait", "60", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk];

        NetmeshResult asText = await Netmesh.RunAsync(["cap", "show", ticket, .. common]);
        NetmeshResult asJson = await Netmesh.RunAsync(["cap", "show", ticket, "--json", .. common]);

        Assert.True(asText.ExitCode == 0, asText.Error);
        Assert.Contains("machine  Nvidia L4 24 GiB\n", asText.Output, StringComparison.Ordinal);
        Assert.Contains("tag      pool.a\n", asText.Output, StringComparison.Ordinal);
        Assert.Contains("metadata site=bonn\n", asText.Output, StringComparison.Ordinal);
        Assert.Matches("false +And\\(2 clauses\\)", asText.Output);
        Assert.False(Assert.Single(NetmeshResult.Parse(asJson.Output)).GetProperty("matches").GetBoolean());
    }

    [Fact]
    public async Task A_node_of_which_nothing_is_heard_is_not_found()
    {
        await using Netmesh node = Netmesh.Start("node", "run", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");

        NetmeshResult result = await Netmesh.RunAsync(
            "cap", "show", "0x0000000000000001", "--via", await node.TicketAsync(), "--wait", "0.1", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("not-found", Word(Assert.Single(NetmeshResult.Parse(result.Error)), "kind"));
    }

    private Netmesh Announce(params string[] arguments) =>
        Netmesh.Start(["cap", "announce", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json", .. arguments]);

    private Task<NetmeshResult> FindAsync(string ticket, params string[] arguments) =>
        Netmesh.RunAsync(["cap", "find", "--via", ticket, "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, .. arguments]);

    private static string? Word(JsonElement line, string name) => line.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
