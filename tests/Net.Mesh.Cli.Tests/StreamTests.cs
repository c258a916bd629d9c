using System.Security.Cryptography;
using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>Bytes between two processes.</summary>
public sealed class StreamTests : IDisposable
{
    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_arrives_with_the_same_hash_and_both_ends_say_so()
    {
        byte[] content = new byte[5_000_003];
        new Random(7).NextBytes(content);
        string source = _folder.At("source"), target = _folder.At("target");
        await File.WriteAllBytesAsync(source, content);
        await using Netmesh receiver = Receive("-o", target);

        NetmeshResult sent = await Netmesh.RunAsync("stream", "send", await receiver.TicketAsync(), source, "--psk-file", _folder.Psk, "--json");
        NetmeshResult received = await receiver.WaitAsync();

        Assert.True(sent.ExitCode == 0, sent.Error);
        Assert.True(received.ExitCode == 0, received.Error);
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(target))));
        Assert.Equal(hash, NetmeshResult.Parse(sent.Error)[^1].GetProperty("sha256").GetString());
        Assert.Equal(hash, NetmeshResult.Parse(received.Error)[^1].GetProperty("sha256").GetString());
        Assert.False(File.Exists(target + ".part"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300_000)]
    public async Task Standard_input_comes_out_of_standard_output_byte_for_byte(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        await using Netmesh receiver = Receive();
        await using Netmesh sender = Netmesh.Start("stream", "send", await receiver.TicketAsync(), "--psk-file", _folder.Psk, "--json");
        await sender.Input.WriteAsync(content);
        sender.Input.Close();

        NetmeshResult sent = await sender.WaitAsync();
        NetmeshResult received = await receiver.WaitAsync();

        Assert.True(sent.ExitCode == 0, sent.Error);
        Assert.True(received.ExitCode == 0, received.Error);
        Assert.Equal(content, received.Data);
        Assert.Empty(sent.Data);
    }

    [Fact]
    public async Task A_receiver_behind_a_relay_gets_the_stream_through_it()
    {
        byte[] content = RandomNumberGenerator.GetBytes(400_000);
        await using Netmesh relay = Netmesh.Start("node", "run", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json");
        string relayTicket = await relay.TicketAsync();
        await using Netmesh receiver = Receive("--peer", relayTicket, "--stream", "photos");
        await relay.EventAsync("peer", line => line.GetProperty("change").GetString() == "joined");
        await using Netmesh sender = Netmesh.Start(
            "stream", "send", await receiver.TicketAsync(), "-", "--via", relayTicket, "--stream", "photos", "--psk-file", _folder.Psk, "--json");
        await sender.Input.WriteAsync(content);
        sender.Input.Close();

        NetmeshResult sent = await sender.WaitAsync();
        NetmeshResult received = await receiver.WaitAsync();
        await relay.SignalAsync();
        NetmeshResult relayed = await relay.WaitAsync();

        Assert.True(sent.ExitCode == 0, sent.Error);
        Assert.True(received.ExitCode == 0, received.Error);
        Assert.Equal(content, received.Data);
        JsonElement traffic = NetmeshResult.Parse(relayed.Output).Last(line => line.GetProperty("event").GetString() == "traffic");
        Assert.True(traffic.GetProperty("packets_forwarded").GetInt64() > 50, relayed.Output);
    }

    [Fact]
    public async Task An_interrupted_sender_leaves_no_file_that_looks_complete()
    {
        string target = _folder.At("target");
        await using Netmesh receiver = Receive("-o", target);
        await using Netmesh sender = Netmesh.Start("stream", "send", await receiver.TicketAsync(), "--psk-file", _folder.Psk, "--json");
        await sender.Input.WriteAsync(new byte[100_000]);
        await sender.Input.FlushAsync();
        await receiver.EventAsync("peer", line => line.GetProperty("change").GetString() == "sending");

        await sender.SignalAsync();
        NetmeshResult sent = await sender.WaitAsync();
        NetmeshResult received = await receiver.WaitAsync();

        Assert.Equal(130, sent.ExitCode);
        Assert.Equal(1, received.ExitCode);
        Assert.Equal("error", NetmeshResult.Parse(received.Error)[^1].GetProperty("event").GetString());
        Assert.False(File.Exists(target));
        Assert.False(File.Exists(target + ".part"));
    }

    [Fact]
    public async Task A_killed_sender_is_noticed_and_named()
    {
        await using Netmesh receiver = Receive("--heartbeat", "0.1");
        await using Netmesh sender = Netmesh.Start(
            "stream", "send", await receiver.TicketAsync(), "--psk-file", _folder.Psk, "--heartbeat", "0.1", "--json");
        await sender.Input.WriteAsync(new byte[1000]);
        await sender.Input.FlushAsync();
        await receiver.EventAsync("peer", line => line.GetProperty("change").GetString() == "sending");

        await sender.SignalAsync("KILL");
        NetmeshResult received = await receiver.WaitAsync();

        Assert.Equal(1, received.ExitCode);
        Assert.Equal("sender-failed", NetmeshResult.Parse(received.Error)[^1].GetProperty("kind").GetString());
    }

    [Fact]
    public async Task A_waiting_receiver_can_be_interrupted()
    {
        await using Netmesh receiver = Receive();
        await receiver.TicketAsync();

        await receiver.SignalAsync();

        Assert.Equal(130, (await receiver.WaitAsync()).ExitCode);
    }

    [Fact]
    public async Task An_existing_file_is_not_overwritten_unless_forced()
    {
        _folder.Write("target", "precious");

        NetmeshResult result = await Netmesh.RunAsync("stream", "recv", "-o", _folder.At("target"), "--psk-file", _folder.Psk);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("--force", result.Error, StringComparison.Ordinal);
        Assert.Equal("precious\n", await File.ReadAllTextAsync(_folder.At("target")));
    }

    private Netmesh Receive(params string[] arguments) =>
        Netmesh.Start(["stream", "recv", "--bind", "127.0.0.1:0", "--psk-file", _folder.Psk, "--json", .. arguments]);
}
