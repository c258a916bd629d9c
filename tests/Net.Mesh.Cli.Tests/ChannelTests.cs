using System.Text;
using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>Channels between processes.</summary>
public sealed class ChannelTests : IDisposable
{
    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lines_of_standard_input_come_out_of_a_tail_byte_for_byte()
    {
        await using Netmesh server = Serve("sensors/temp", "--reliable");
        await using Netmesh tail = Tail("sensors/temp", await server.TicketAsync(), "--count", "3");
        await server.EventAsync("subscriber", line => Word(line, "change") == "joined");
        byte[] lines = [.. "22.5\n\n"u8, 0xFF, 0x1B, (byte)'\n'];
        await server.Input.WriteAsync(lines);
        await server.Input.FlushAsync();

        NetmeshResult read = await tail.WaitAsync();

        Assert.True(read.ExitCode == 0, read.Error);
        Assert.Equal(lines, read.Data);
        Assert.Contains("on     sensors/temp of 0x", read.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_a_message_is_an_object_with_text_or_base64()
    {
        await using Netmesh server = Serve("a", "--reliable");
        await using Netmesh tail = Tail("a", await server.TicketAsync(), "--count", "2", "--json");
        await tail.EventAsync("subscribed");
        await server.Input.WriteAsync(new byte[] { (byte)'x', (byte)'\n', 0xFF, (byte)'\n' });
        await server.Input.FlushAsync();

        NetmeshResult read = await tail.WaitAsync();

        Assert.True(read.ExitCode == 0, read.Error);
        JsonElement[] messages = [.. NetmeshResult.Parse(read.Output).Where(line => Word(line, "event") == "message")];
        Assert.Equal("x", Word(messages[0], "text"));
        Assert.Equal("/w==", Word(messages[1], "base64"));
        Assert.Equal("a", Word(messages[0], "channel"));
    }

    [Fact]
    public async Task A_server_says_who_is_on_who_left_and_what_it_published_and_stops_in_order()
    {
        await using Netmesh server = Serve("a", "--interval", "0.1");
        await using Netmesh tail = Tail("a", await server.TicketAsync());
        JsonElement joined = await server.EventAsync("subscriber");
        JsonElement listed = await server.EventAsync("channel", line => line.GetProperty("on").GetInt32() == 1);
        await server.Input.WriteAsync("one\n"u8.ToArray());
        await server.Input.FlushAsync();
        await tail.LineAsync(line => line == "one");

        await tail.SignalAsync();
        NetmeshResult left = await tail.WaitAsync();
        await server.EventAsync("subscriber", line => Word(line, "change") == "left");
        server.Input.Close();
        await server.SignalAsync();
        NetmeshResult stopped = await server.WaitAsync();

        Assert.Equal((0, 0), (left.ExitCode, stopped.ExitCode));
        Assert.Equal("joined", Word(joined, "change"));
        Assert.Equal(Word(joined, "node_id"), Assert.Single(listed.GetProperty("node_ids").EnumerateArray()).GetString());
        JsonElement last = NetmeshResult.Parse(stopped.Output)[^1];
        Assert.Equal("published", Word(last, "event"));
        Assert.Equal((1, 1), (last.GetProperty("messages").GetInt32(), last.GetProperty("deliveries").GetInt32()));
    }

    [Fact]
    public async Task A_channel_that_requires_tokens_lets_on_who_has_one_and_says_why_the_others_were_refused()
    {
        _folder.Write("sub.key", new string('b', 64));
        await using Netmesh server = Serve("plans", "--require-token", "--key", _folder.Key);
        string ticket = await server.TicketAsync();
        await IssueAsync("good.token", "plans");
        await IssueAsync("other.token", "elsewhere");
        string[] asSubscriber = ["--key", _folder.At("sub.key")];

        NetmeshResult without = await TailAsync("plans", ticket, asSubscriber);
        NetmeshResult wrong = await TailAsync("plans", ticket, [.. asSubscriber, "--token", _folder.At("other.token"), "--json"]);
        NetmeshResult unknown = await TailAsync("nowhere", ticket, asSubscriber);
        NetmeshResult stolen = await TailAsync("plans", ticket, "--token", _folder.At("good.token"));
        await using Netmesh good = Tail("plans", ticket, [.. asSubscriber, "--token", _folder.At("good.token"), "--count", "1"]);
        await server.EventAsync("subscriber", line => Word(line, "change") == "joined");
        await server.Input.WriteAsync("secret\n"u8.ToArray());
        await server.Input.FlushAsync();
        NetmeshResult read = await good.WaitAsync();

        Assert.Equal((4, true), (without.ExitCode, without.Error.Contains("netmesh token issue --subject ", StringComparison.Ordinal)));
        JsonElement refusal = NetmeshResult.Parse(wrong.Error)[^1];
        Assert.Equal((4, "rejected"), (wrong.ExitCode, Word(refusal, "kind")));
        Assert.Contains("The token is wrong_channel;", Word(refusal, "message"), StringComparison.Ordinal);
        Assert.Equal((4, true), (unknown.ExitCode, unknown.Error.Contains("no such channel", StringComparison.Ordinal)));
        Assert.Equal((2, true), (stolen.ExitCode, stolen.Error.Contains("give the --key of the identity that it is for", StringComparison.Ordinal)));
        Assert.Equal((0, "secret\n"), (read.ExitCode, read.Output));
        await server.EventAsync("subscriber", line => Word(line, "detail") == "no token" && Word(line, "reason") == "unauthorized");
        await server.EventAsync("subscriber", line => Word(line, "detail") == "its token is not for subscribing to this channel");
        await server.EventAsync("subscriber", line => Word(line, "reason") == "unknown_channel");
    }

    [Fact]
    public async Task A_channel_with_a_root_takes_the_tokens_of_that_root_for_publishing_too()
    {
        _folder.Write("sub.key", new string('b', 64));
        using Identity root = Identity.FromSeed(Convert.FromHexString(new string('a', 64)));
        await IssueAsync("publish.token", "plans", "--scope", "publish");
        string[] rooted = ["channel", "publish", "plans", "--root", root.EntityId.ToString(), "--key", _folder.At("sub.key"), "--reliable", "--text", "x", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json"];

        NetmeshResult denied = await Netmesh.RunAsync([.. rooted, "--subscribers", "0"]);
        await using Netmesh publisher = Netmesh.Start([.. rooted, "--token", _folder.At("publish.token")]);
        string ticket = await publisher.TicketAsync();
        using Identity third = Identity.FromSeed(Convert.FromHexString(new string('c', 64)));
        _folder.Write("third.key", new string('c', 64));
        await Netmesh.RunAsync("token", "issue", "--key", _folder.Key, "--subject", third.EntityId.ToString(), "--scope", "subscribe", "--channel", "plans", "-o", _folder.At("third.token"));
        NetmeshResult read = await TailAsync("plans", ticket, "--key", _folder.At("third.key"), "--token", _folder.At("third.token"), "--count", "1");

        Assert.Equal((1, "publish-denied"), (denied.ExitCode, Word(NetmeshResult.Parse(denied.Error)[^1], "kind")));
        Assert.True(read.ExitCode == 0, read.Error);
        Assert.Equal("x\n", read.Output);
        Assert.Equal(0, (await publisher.WaitAsync()).ExitCode);
    }

    [Fact]
    public async Task A_subscriber_whose_token_ends_is_dropped_and_named()
    {
        _folder.Write("sub.key", new string('b', 64));
        await using Netmesh server = Serve("plans", "--require-token", "--key", _folder.Key);
        string ticket = await server.TicketAsync();
        Task joined = server.EventAsync("subscriber", line => Word(line, "change") == "joined");

        // On a busy machine a token may be over before the tail has started: the next one lives longer.
        foreach (string ttl in new[] { "4s", "20s", "60s" })
        {
            await IssueAsync($"{ttl}.token", "plans", "--ttl", ttl);
            await using Netmesh tail = Tail("plans", ticket, "--key", _folder.At("sub.key"), "--token", _folder.At($"{ttl}.token"));
            if (await Task.WhenAny(joined, tail.WaitAsync()) != joined)
                continue;
            await server.EventAsync("subscriber", line => Word(line, "change") == "revoked");
            return;
        }
        Assert.Fail("No token lived long enough to subscribe with.");
    }

    [Fact]
    public async Task A_channel_of_a_subnet_says_that_a_stranger_is_of_none()
    {
        await using Netmesh server = Serve("near", "--visibility", "subnet-local", "--subnet", "3.7");

        NetmeshResult refused = await TailAsync("near", await server.TicketAsync());

        Assert.Equal(4, refused.ExitCode);
        await server.EventAsync("subscriber", line => Word(line, "detail") == "subnet-local, and it is in no subnet that is known");
    }

    [Fact]
    public async Task Publish_waits_for_its_subscribers_and_leaves_when_they_have_everything()
    {
        const int Lines = 5000;
        string[] lines = [.. Enumerable.Range(0, Lines).Select(i => $"line {i} {new string('x', 100)}")];
        await using Netmesh publisher = Netmesh.Start(
            "channel", "publish", "events", "--subscribers", "2", "--reliable", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        string ticket = await publisher.TicketAsync();
        Task writing = WriteAsync();
        await using Netmesh first = Tail("events", ticket, "--count", $"{Lines}");
        await publisher.EventAsync("subscriber");
        await using Netmesh second = Tail("events", ticket, "--count", $"{Lines}");

        NetmeshResult published = await publisher.WaitAsync();
        NetmeshResult[] read = [await first.WaitAsync(), await second.WaitAsync()];
        await writing;

        Assert.True(published.ExitCode == 0, published.Error + published.Output);
        Assert.Equal(2 * Lines, NetmeshResult.Parse(published.Output)[^1].GetProperty("deliveries").GetInt32());
        Assert.All(read, result => Assert.Equal(lines, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));

        async Task WriteAsync()
        {
            await publisher.Input.WriteAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines))); // the last line has no break
            publisher.Input.Close();
        }
    }

    [Fact]
    public async Task Members_of_a_queue_group_share_the_messages()
    {
        await using Netmesh publisher = Netmesh.Start(
            "channel", "publish", "jobs", "--subscribers", "2", "--reliable", "--text", "one", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        string ticket = await publisher.TicketAsync();
        await using Netmesh first = Tail("jobs", ticket, "--queue-group", "workers");
        await using Netmesh second = Tail("jobs", ticket, "--queue-group", "workers");

        NetmeshResult published = await publisher.WaitAsync();

        Assert.True(published.ExitCode == 0, published.Error);
        Assert.Equal(1, NetmeshResult.Parse(published.Output)[^1].GetProperty("deliveries").GetInt32());
    }

    [Fact]
    public async Task Publish_without_subscribers_gives_up_and_says_what_to_do()
    {
        NetmeshResult result = await Netmesh.RunAsync(
            "channel", "publish", "events", "--text", "x", "--wait", "0.1", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("--subscribers", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tail_with_a_count_that_is_interrupted_has_not_done_its_work()
    {
        await using Netmesh server = Serve("a");
        await using Netmesh tail = Tail("a", await server.TicketAsync(), "--count", "5");
        await server.EventAsync("subscriber");

        await tail.SignalAsync();

        Assert.Equal(130, (await tail.WaitAsync()).ExitCode);
    }

    [Theory]
    [InlineData("--verbose")]
    [InlineData("--json")]
    public async Task A_tail_that_nobody_reads_any_more_leaves(string option)
    {
        await using Netmesh server = Serve("a", "--reliable");
        string[] tail = TailArguments("a", await server.TicketAsync(), [option]);
        await using Netmesh piped = Netmesh.StartWithHead(tail);
        await server.EventAsync("subscriber");
        Task<NetmeshResult> ended = piped.WaitAsync();

        // One message for head, and then as many as it takes until the tail notices.
        while (!ended.IsCompleted)
        {
            await server.Input.WriteAsync("one\n"u8.ToArray());
            await server.Input.FlushAsync();
            await Task.Yield();
        }

        Assert.Equal(0, (await ended).ExitCode);
        await server.EventAsync("subscriber", line => Word(line, "change") == "left");
    }

    [Fact]
    public async Task A_tail_goes_on_when_its_publisher_has_come_back()
    {
        using var port = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        string address = port.Client.LocalEndPoint!.ToString()!;
        port.Close();
        string[] server = ["channel", "serve", "a", "--reliable", "--bind", address, "--key", _folder.Key, "--psk-file", _folder.Psk, "--json"];
        await using Netmesh before = Netmesh.Start(server);
        await using Netmesh tail = Tail("a", await before.TicketAsync(), "--count", "2");
        await before.EventAsync("subscriber");
        await before.Input.WriteAsync("one\n"u8.ToArray());
        await before.Input.FlushAsync();
        await tail.LineAsync(line => line == "one");
        await before.SignalAsync();
        await before.WaitAsync();

        await using Netmesh after = Netmesh.Start(server);
        await after.EventAsync("subscriber", line => Word(line, "change") == "joined");
        await after.Input.WriteAsync("two\n"u8.ToArray());
        await after.Input.FlushAsync();
        NetmeshResult read = await tail.WaitAsync();

        Assert.True(read.ExitCode == 0, read.Error);
        Assert.Equal("one\ntwo\n", read.Output);
        Assert.Contains("gap ", read.Error, StringComparison.Ordinal);
    }

    private Netmesh Serve(params string[] arguments) =>
        Netmesh.Start(["channel", "serve", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json", .. arguments]);

    private Netmesh Tail(string channel, string ticket, params string[] arguments) => Netmesh.Start(TailArguments(channel, ticket, arguments));

    private Task<NetmeshResult> TailAsync(string channel, string ticket, params string[] arguments) => Netmesh.RunAsync(TailArguments(channel, ticket, arguments));

    private string[] TailArguments(string channel, string ticket, string[] arguments) =>
        ["channel", "tail", channel, "--from", ticket, "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, .. arguments];

    private async Task IssueAsync(string file, string channel, params string[] arguments)
    {
        using Identity subject = Identity.FromSeed(Convert.FromHexString(new string('b', 64)));
        NetmeshResult issued = await Netmesh.RunAsync(
            ["token", "issue", "--key", _folder.Key, "--subject", subject.EntityId.ToString(), "--scope", "subscribe", "--channel", channel, "-o", _folder.At(file), .. arguments]);
        Assert.True(issued.ExitCode == 0, issued.Error);
    }

    private static string? Word(JsonElement line, string name) => line.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
