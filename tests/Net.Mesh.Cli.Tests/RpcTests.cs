using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>Services between processes.</summary>
public sealed class RpcTests : IDisposable
{
    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_call_gets_back_byte_for_byte_what_an_echo_was_sent()
    {
        await using Netmesh server = Serve("echo");
        byte[] request = new byte[300_000];
        new Random(7).NextBytes(request);
        await using Netmesh call = Netmesh.Start(["rpc", "call", "echo", "-", "--to", await server.TicketAsync(), .. Common]);
        await call.Input.WriteAsync(request);
        call.Input.Close();

        NetmeshResult answer = await call.WaitAsync();

        Assert.True(answer.ExitCode == 0, answer.Error);
        Assert.Equal(request, answer.Data);
        await server.SignalAsync();
        NetmeshResult served = await server.WaitAsync();
        Assert.Equal(0, served.ExitCode);
        JsonElement calls = NetmeshResult.Parse(served.Output).Last(line => line.GetProperty("event").GetString() == "calls");
        Assert.Equal((1, 0, 0), (calls.GetProperty("answered").GetInt32(), calls.GetProperty("failed").GetInt32(), calls.GetProperty("cancelled").GetInt32()));
    }

    [Fact]
    public async Task A_program_answers_with_its_standard_output_and_its_status_is_the_calls()
    {
        await using Netmesh upper = Serve("upper", "--exec", "tr a-z A-Z");
        await using Netmesh fails = Serve("fails", "--exec", "sh -c 'exit 7'");

        NetmeshResult answer = await CallAsync(upper, "upper", "hello", "--json");
        NetmeshResult failure = await CallAsync(fails, "fails", "hello");

        Assert.True(answer.ExitCode == 0, answer.Error);
        Assert.Equal("HELLO", Assert.Single(NetmeshResult.Parse(answer.Output)).GetProperty("text").GetString());
        Assert.Equal((1, ""), (failure.ExitCode, failure.Output));
        Assert.Contains("status=0x8001 message=the program ended with status 7", failure.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_in_place_of_braces_is_one_argument_and_never_an_option_or_a_command()
    {
        await using Netmesh server = Serve("say", "--exec", "printf '%s|' {}");

        NetmeshResult answer = await CallAsync(server, "say", "a b; $(echo c)");
        NetmeshResult refused = await CallAsync(server, "say", "--", "-x");

        Assert.Equal((0, "a b; $(echo c)|"), (answer.ExitCode, answer.Output));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("status=0x8000 message=the request must not begin with '-'", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_is_a_line_an_item()
    {
        await using Netmesh server = Serve("count", "--stream", "--exec", "seq 3");

        NetmeshResult asText = await CallAsync(server, "count", "", "--stream");
        NetmeshResult asJson = await CallAsync(server, "count", "", "--stream", "--json");

        Assert.Equal((0, "1\n2\n3\n"), (asText.ExitCode, asText.Output));
        Assert.Equal(
            [(0, "1"), (1, "2"), (2, "3")],
            NetmeshResult.Parse(asJson.Output).Select(line => (line.GetProperty("item").GetInt32(), line.GetProperty("text").GetString())));
    }

    [Fact]
    public async Task A_service_behind_another_node_is_listed_found_and_called()
    {
        await using Netmesh middle = Netmesh.Start(["node", "run", .. Common, "--json"]);
        string ticket = await middle.TicketAsync();
        await using Netmesh server = Serve("far", "--via", ticket);
        await server.EventAsync("peer", line => line.GetProperty("change").GetString() == "joined");
        string nodeId = (await server.EventAsync("started")).GetProperty("node_id").GetString()!;

        NetmeshResult answer = await Netmesh.RunAsync(["rpc", "call", "far", "hello", "--via", ticket, "--wait", "60", .. Common]);
        NetmeshResult list = await Netmesh.RunAsync(["rpc", "list", "--via", ticket, "--wait", "15", "--json", .. Common]);

        Assert.True(answer.ExitCode == 0, answer.Error);
        Assert.Equal("hello", answer.Output);
        JsonElement line = Assert.Single(NetmeshResult.Parse(list.Output));
        Assert.Equal("far", line.GetProperty("service").GetString());
        Assert.Equal([nodeId], line.GetProperty("node_ids").EnumerateArray().Select(id => id.GetString()));
    }

    [Fact]
    public async Task What_nobody_serves_is_not_there_and_what_is_late_is_not_waited_for()
    {
        await using Netmesh server = Serve("slow", "--exec", "sleep 60");
        string ticket = await server.TicketAsync();

        NetmeshResult unknown = await CallAsync(server, "nothing", "");
        NetmeshResult unfound = await Netmesh.RunAsync(["rpc", "call", "nothing", "", "--via", ticket, "--wait", "1", .. Common]);
        NetmeshResult late = await CallAsync(server, "slow", "", "--deadline", "300ms", "--json");

        Assert.Equal((3, 1, 3), (unknown.ExitCode, unfound.ExitCode, late.ExitCode));
        Assert.Contains("does not serve 'nothing'", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("(1 were heard of)", unfound.Error, StringComparison.Ordinal);
        Assert.Equal("timeout", Assert.Single(NetmeshResult.Parse(late.Error)).GetProperty("kind").GetString());
        await server.SignalAsync();
        await server.EventAsync("calls", line => line.GetProperty("cancelled").GetInt32() == 1);
    }

    [Fact]
    public async Task A_bench_counts_calls_and_a_service_that_fails_is_no_bench()
    {
        await using Netmesh server = Serve("echo");
        await using Netmesh broken = Serve("broken", "--exec", "false");

        NetmeshResult good = await Netmesh.RunAsync(["rpc", "bench", "echo", "--to", await server.TicketAsync(), "--in-flight", "8", "--duration", "0.2", "--json", .. Common]);
        NetmeshResult bad = await Netmesh.RunAsync(["rpc", "bench", "broken", "--to", await broken.TicketAsync(), "--duration", "0.2", "--json", .. Common]);

        Assert.True(good.ExitCode == 0, good.Error);
        JsonElement line = Assert.Single(NetmeshResult.Parse(good.Output));
        Assert.True(line.GetProperty("calls").GetInt64() > 0 && line.GetProperty("p50_us").GetDouble() <= line.GetProperty("max_us").GetDouble());
        Assert.Equal(0, line.GetProperty("failed").GetInt64());
        Assert.Equal("server_error", Assert.Single(NetmeshResult.Parse(bad.Error), line => line.GetProperty("event").GetString() == "error").GetProperty("kind").GetString());
        Assert.Equal(1, bad.ExitCode);
    }

    private string[] Common => ["--bind", "127.0.0.1:0", "--psk-file", _folder.Psk];

    private Netmesh Serve(string service, params string[] arguments) => Netmesh.Start(["rpc", "serve", service, "--json", .. Common, .. arguments]);

    private async Task<NetmeshResult> CallAsync(Netmesh server, string service, params string[] arguments) =>
        await Netmesh.RunAsync(["rpc", "call", service, "--to", await server.TicketAsync(), .. Common, .. arguments]);
}
