using System.Text.Json;

namespace Net.Mesh.Cli.Tests;

/// <summary>Secrets: made once, kept from others, never shown.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly KeyFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("identity")]
    [InlineData("psk")]
    public async Task A_new_secret_is_for_its_owner_only_and_never_overwritten(string what)
    {
        string file = _folder.At("new.key");
        NetmeshResult made = await Netmesh.RunAsync(what, "new", "-o", file);
        string secret = await File.ReadAllTextAsync(file);

        NetmeshResult again = await Netmesh.RunAsync(what, "new", "-o", file);

        Assert.Equal(0, made.ExitCode);
        Assert.Matches("^[0-9a-f]{64}\n$", secret);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(secret.Trim(), made.Output + made.Error, StringComparison.Ordinal);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains($"'{file}' exists already", again.Error, StringComparison.Ordinal);
        Assert.Equal(secret, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Show_tells_what_others_may_know_and_not_the_seed()
    {
        NetmeshResult asText = await Netmesh.RunAsync("identity", "show", "--key", _folder.Key);
        NetmeshResult asJson = await Netmesh.RunAsync("identity", "show", "--key", _folder.Key, "--json");

        Assert.Equal(0, asText.ExitCode);
        JsonElement line = Assert.Single(NetmeshResult.Parse(asJson.Output));
        Assert.All(new[] { "entity_id", "node_id", "origin_hash", "public_key" }, name =>
            Assert.Contains(line.GetProperty(name).GetString()!, asText.Output, StringComparison.Ordinal));
        Assert.DoesNotContain(new string('a', 64), asText.Output + asText.Error + asJson.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_file_that_others_can_read_is_refused_with_the_chmod_line()
    {
        File.SetUnixFileMode(_folder.Key, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        NetmeshResult result = await Netmesh.RunAsync("identity", "show", "--key", _folder.Key);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"chmod 600 {_folder.Key}", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task The_ticket_made_without_running_is_the_one_the_node_prints()
    {
        NetmeshResult made = await Netmesh.RunAsync("node", "ticket", "--key", _folder.Key, "--address", "127.0.0.1:19001");
        await using Netmesh node = Netmesh.Start(
            "node", "run", "--bind", "127.0.0.1:0", "--advertise", "127.0.0.1:19001", "--key", _folder.Key, "--psk-file", _folder.Psk, "--json");

        Assert.Equal(0, made.ExitCode);
        Assert.Equal(made.Output.Trim(), await node.TicketAsync());
    }

    [Fact]
    public async Task The_environment_gives_secrets_too()
    {
        var environment = new Dictionary<string, string> { ["NETMESH_PSK"] = new string('5', 64), ["NETMESH_KEY_FILE"] = _folder.Key };
        await using Netmesh node = Netmesh.Start(environment, "node", "run", "--bind", "127.0.0.1:0", "--json");

        NetmeshResult connected = await Netmesh.RunAsync(
            new Dictionary<string, string> { ["NETMESH_PSK_FILE"] = _folder.Psk }, "peer", "connect", await node.TicketAsync(), "--json");

        Assert.True(connected.ExitCode == 0, connected.Error);
        Assert.Equal("secure", Assert.Single(NetmeshResult.Parse(connected.Output)).GetProperty("security").GetString());
    }

    [Theory]
    [InlineData("NETMESH_PSK", "geheim", "NETMESH_PSK has 6 characters")]
    [InlineData("NETMESH_PSK_FILE", "/no/such/psk", "/no/such/psk")]
    [InlineData("UNUSED", "", "--psk-file FILE, or set NETMESH_PSK_FILE or NETMESH_PSK")]
    public async Task A_missing_or_wrong_mesh_key_says_how_to_give_one_and_does_not_repeat_it(string name, string value, string message)
    {
        NetmeshResult result = await Netmesh.RunAsync(new Dictionary<string, string> { [name] = value }, "node", "run", "--bind", "127.0.0.1:0");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("geheim", result.Error, StringComparison.Ordinal);
    }
}
