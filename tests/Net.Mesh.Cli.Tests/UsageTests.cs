using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>What a person meets who does not know the tool yet.</summary>
public sealed class UsageTests : IDisposable
{
    private static readonly string Entity = new('1', 64);

    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string[]> Wrong => new()
    {
        { "\"foo\" is no ticket: A ticket begins with 'netmesh:'", ["peer", "connect", "foo"] },
        { "--bind is \"9000\"; write ip:port", ["node", "run", "--bind", "9000"] },
        { "--timeout is \"soon\"; use seconds from", ["peer", "connect", "x", "--timeout", "soon"] },
        { "--count is \"0\"; use a number from 1", ["bench", "--local", "--count", "0"] },
        { "--size is \"9000\"; use a number from 1 to 8000", ["bench", "--local", "--size", "9000"] },
        { "--from is \"me\"; write a node id", ["stream", "recv", "--from", "me"] },
        { "stream 0xffffffffffffffff is taken by the protocol", ["stream", "recv", "--stream", "0xffffffffffffffff"] },
        { "--address is \"1.2.3.4:0\"; port 0 cannot be dialled", ["node", "ticket", "--address", "1.2.3.4:0"] },
        { "one of TICKET, --listen and --local", ["bench", "--local", "--listen"] },
        { "the identity is missing; give --key", ["identity", "show"] },
        { "--subject is \"me\"; write an entity id", ["token", "issue", "--subject", "me", "--scope", "subscribe", "--channel", "a"] },
        { "--scope has \"read\"; use publish, subscribe", ["token", "issue", "--subject", Entity, "--scope", "read", "--channel", "a"] },
        { "--channel is \"Temp\" (", ["token", "issue", "--subject", Entity, "--scope", "subscribe", "--channel", "Temp"] },
        { "--channel is missing", ["token", "issue", "--subject", Entity, "--scope", "subscribe"] },
        { "--ttl is \"400d\"; use seconds from 1", ["token", "issue", "--subject", Entity, "--scope", "subscribe", "--channel", "a", "--ttl", "400d"] },
        { "--depth is 2, and without the scope delegate", ["token", "issue", "--subject", Entity, "--scope", "subscribe", "--channel", "a", "--depth", "2"] },
        { "--subject", ["token", "issue", "--scope", "subscribe", "--channel", "a"] },
        { "NAME is \"Temp\" (", ["channel", "serve", "Temp"] },
        { "--root is \"me\"; write an entity id", ["channel", "serve", "a", "--root", "me"] },
        { "--visibility is \"all\"; use global", ["channel", "publish", "a", "--visibility", "all"] },
        { "--subnet is \"300\"; write up to four numbers", ["channel", "serve", "a", "--subnet", "300"] },
        { "--from", ["channel", "tail", "a"] },
        { "--count is \"0\"; use a number from 1", ["channel", "tail", "a", "--count", "0"] },
        { "there is nobody to ask; give --via TICKET", ["cap", "find", "--gpu"] },
        { "--gpu is \"rtx\"; write vendor", ["cap", "announce", "--gpu", "rtx"] },
        { "--tag is \"scope:tenant:a\", which begins with a word that the mesh has reserved", ["cap", "announce", "--tag", "scope:tenant:a"] },
        { "--metadata is \"site\"; write a key and a text", ["cap", "announce", "--metadata", "site"] },
        { "--where is {}, which is no predicate (Json)", ["cap", "find", "--where", "{}"] },
        { "--require is \"memory >= 64\":", ["cap", "watch", "--require", "memory >= 64"] },
        { "--tenant and --region are both given", ["cap", "find", "--tenant", "a", "--region", "b"] },
        { "NODE is \"me\"; write a node id", ["cap", "show", "me"] },
        { "SERVICE is \"Echo\"; a service is", ["rpc", "serve", "Echo"] },
        { "--echo and --exec are both given", ["rpc", "serve", "echo", "--echo", "--exec", "cat"] },
        { "the program \"no-such-program\", which is not there", ["rpc", "serve", "echo", "--exec", "no-such-program {}"] },
        { "--exec is \"cat 'a\"; write a program", ["rpc", "serve", "echo", "--exec", "cat 'a"] },
        { "there is nobody to ask; give --via TICKET", ["rpc", "call", "echo", "hi"] },
        { "--header is \"lang\"; write a name", ["rpc", "call", "echo", "hi", "--header", "lang"] },
        { "--deadline is \"soon\"; use seconds", ["rpc", "call", "echo", "hi", "--deadline", "soon"] },
        { "--in-flight is \"0\"; use a number", ["rpc", "bench", "echo", "--in-flight", "0"] },
        { "the logs' directory is missing; give --dir DIR or set NETMESH_REDEX_DIR", ["redex", "ls"] },
        { "CHANNEL is \"Temp\" (", ["redex", "tail", "Temp", "--dir", "."] },
        { "CHANNEL is \"Temp\" (", ["redex", "verify", "a", "Temp", "--dir", "."] },
        { "--from is \"-1\"; use a sequence", ["redex", "tail", "a", "--from", "-1"] },
        { "--from and --last are both given", ["redex", "tail", "a", "--from", "1", "--last", "2"] },
        { "--fsync is \"often\"; use never, always, or a number", ["redex", "append", "a", "x", "--fsync", "often"] },
        { "\"x\" has 1 bytes; with --inline an event has 8", ["redex", "append", "a", "x", "--inline", "--dir", "."] },
        { "\"0xabc\" is not in hexadecimal digits", ["redex", "append", "a", "0xabc", "--hex", "--dir", "."] },
        { "CHANNEL", ["redex", "repair"] },
        { "--status is \"open\"; use pending or done", ["db", "tasks", "list", "--status", "open"] },
        { "--order is \"title\"; use id, id-desc", ["db", "tasks", "watch", "--order", "title"] },
        { "ID is \"first\"; use a number", ["db", "tasks", "done", "first"] },
        { "--limit is \"few\"; use a number", ["db", "memories", "list", "--limit", "few"] },
        { "--pinned and --unpinned are both given", ["db", "memories", "list", "--pinned", "--unpinned"] },
        { "--origin is \"me\"; use a number", ["db", "memories", "store", "x", "--origin", "me"] },
        { "the logs' directory is missing", ["db", "tasks", "add", "x"] },
        { "TICKET", ["stream", "send"] },
        { "'--colour'", ["node", "run", "--colour", "red"] },
        { "command", [] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_call_is_one_line_that_names_the_value_and_the_remedy(string message, string[] arguments)
    {
        NetmeshResult result = await Netmesh.RunAsync(arguments);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task With_json_an_error_is_an_object_with_its_exit_status()
    {
        NetmeshResult result = await Netmesh.RunAsync("peer", "connect", "foo", "--json");

        JsonElement line = Assert.Single(NetmeshResult.Parse(result.Error));
        Assert.Equal("error", line.GetProperty("event").GetString());
        Assert.Equal("usage", line.GetProperty("kind").GetString());
        Assert.Equal(2, line.GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public async Task Help_teaches_the_verbs_the_secrets_and_the_exit_statuses()
    {
        NetmeshResult result = await Netmesh.RunAsync("--help");

        Assert.Equal(0, result.ExitCode);
        Assert.All(
            new[] { "identity", "psk", "token", "node", "peer", "cap", "channel", "rpc", "stream", "redex", "db", "bench", "--json", "--psk-file", "NETMESH_PSK", "NETMESH_KEY_FILE", "Exit status", "130" },
            word => Assert.Contains(word, result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("identity", "new")]
    [InlineData("identity", "show")]
    [InlineData("psk", "new")]
    [InlineData("token", "issue")]
    [InlineData("token", "delegate")]
    [InlineData("token", "show")]
    [InlineData("node", "run")]
    [InlineData("node", "ticket")]
    [InlineData("peer", "connect")]
    [InlineData("peer", "list")]
    [InlineData("peer", "ping")]
    [InlineData("cap", "announce")]
    [InlineData("cap", "find")]
    [InlineData("cap", "watch")]
    [InlineData("cap", "show")]
    [InlineData("channel", "serve")]
    [InlineData("channel", "publish")]
    [InlineData("channel", "tail")]
    [InlineData("rpc", "serve")]
    [InlineData("rpc", "call")]
    [InlineData("rpc", "list")]
    [InlineData("rpc", "bench")]
    [InlineData("stream", "send")]
    [InlineData("stream", "recv")]
    [InlineData("redex", "ls")]
    [InlineData("redex", "tail")]
    [InlineData("redex", "append")]
    [InlineData("redex", "verify")]
    [InlineData("redex", "repair")]
    [InlineData("db", "tasks", "list")]
    [InlineData("db", "tasks", "watch")]
    [InlineData("db", "tasks", "add")]
    [InlineData("db", "tasks", "rename")]
    [InlineData("db", "tasks", "done")]
    [InlineData("db", "tasks", "rm")]
    [InlineData("db", "memories", "list")]
    [InlineData("db", "memories", "watch")]
    [InlineData("db", "memories", "store")]
    [InlineData("db", "memories", "retag")]
    [InlineData("db", "memories", "pin")]
    [InlineData("db", "memories", "unpin")]
    [InlineData("db", "memories", "rm")]
    [InlineData("bench")]
    public async Task Every_verb_shows_an_example_and_how_programs_read_it(params string[] verb)
    {
        NetmeshResult result = await Netmesh.RunAsync([.. verb, "--help"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"netmesh {string.Join(' ', verb)} ", result.Output, StringComparison.Ordinal);
        Assert.Contains("Example", result.Output, StringComparison.Ordinal);
        Assert.Contains("--json", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_address_is_a_failure_that_names_it()
    {
        await using Netmesh first = Netmesh.Start("node", "run", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        string address = (await first.EventAsync("started")).GetProperty("address").GetString()!;

        NetmeshResult second = await Netmesh.RunAsync("node", "run", "--bind", address, "--psk-file", _folder.Psk);

        Assert.Equal(1, second.ExitCode);
        Assert.Contains(address, second.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", second.Error, StringComparison.Ordinal);
    }
}
