using System.Text.Json;
using Net.Mesh.Identities;

namespace Net.Mesh.Cli.Tests;

/// <summary>Grants: signed by one, used by another, handed on by a third.</summary>
public sealed class TokenTests : IDisposable
{
    private readonly KeyFolder _folder = new();
    private readonly Identity _issuer = Identity.FromSeed(Convert.FromHexString(new string('a', 64)));
    private readonly Identity _other = Identity.FromSeed(Convert.FromHexString(new string('b', 64)));
    private readonly Identity _third = Identity.FromSeed(Convert.FromHexString(new string('c', 64)));

    public TokenTests()
    {
        _folder.Write("other.key", new string('b', 64));
        _folder.Write("third.key", new string('c', 64));
    }

    public void Dispose()
    {
        _issuer.Dispose();
        _other.Dispose();
        _third.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task An_issued_token_grants_what_was_asked_for_and_counts_for_the_library_too()
    {
        NetmeshResult issued = await IssueAsync("--scope", "subscribe,publish", "--ttl", "5m", "-o", _folder.At("t.token"), "--json");

        Assert.True(issued.ExitCode == 0, issued.Error);
        JsonElement line = Assert.Single(NetmeshResult.Parse(issued.Output));
        Assert.Equal("valid", line.GetProperty("status").GetString());
        Assert.Equal("sensors/temp", line.GetProperty("channel").GetString());
        Assert.Equal(["publish", "subscribe"], Words(line, "scopes"));
        TokenChain chain = ReadChain("t.token");
        Assert.Equal(TokenError.None, Verify(chain, TokenScope.Subscribe, "sensors/temp", _other));
        Assert.Equal(TokenError.NotAuthorized, Verify(chain, TokenScope.Subscribe, "sensors/hum", _other));
        Assert.Equal(300UL, chain.Tokens[0].NotAfter - chain.Tokens[0].NotBefore);
    }

    [Fact]
    public async Task Without_a_file_the_token_stands_alone_on_standard_output_and_can_be_piped()
    {
        NetmeshResult issued = await IssueAsync("--scope", "subscribe");
        await using Netmesh show = Netmesh.Start("token", "show", "-", "--channel", "sensors/temp");
        await show.Input.WriteAsync(issued.Data);
        show.Input.Close();
        NetmeshResult shown = await show.WaitAsync();

        Assert.Single(issued.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.True(shown.ExitCode == 0, shown.Error + shown.Output);
        Assert.Contains("token    valid", shown.Output, StringComparison.Ordinal);
        Assert.Contains(_other.EntityId.ToString(), shown.Output, StringComparison.Ordinal);
        Assert.Contains("sensors/temp", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_handed_on_carries_its_chain_and_less_than_the_first()
    {
        await IssueAsync("--scope", "subscribe,publish,delegate", "-o", _folder.At("t.token"));

        NetmeshResult handed = await Netmesh.RunAsync(
            "token", "delegate", "--key", _folder.At("other.key"), "--token", _folder.At("t.token"), "--subject", _third.EntityId.ToString(),
            "--scope", "subscribe", "-o", _folder.At("u.token"), "--json");

        Assert.True(handed.ExitCode == 0, handed.Error);
        JsonElement line = Assert.Single(NetmeshResult.Parse(handed.Output));
        Assert.Equal(2, line.GetProperty("links").GetArrayLength());
        Assert.Equal(_issuer.EntityId.ToString(), line.GetProperty("root").GetString());
        TokenChain chain = ReadChain("u.token");
        Assert.Equal(TokenError.None, Verify(chain, TokenScope.Subscribe, "sensors/temp", _third));
        Assert.Equal(TokenError.NotAuthorized, Verify(chain, TokenScope.Publish, "sensors/temp", _third));
    }

    [Fact]
    public async Task A_token_is_handed_on_by_its_subject_as_often_and_as_far_as_it_says()
    {
        await IssueAsync("--scope", "subscribe,delegate", "-o", _folder.At("once.token"));
        await IssueAsync("--scope", "subscribe", "-o", _folder.At("never.token"));
        await DelegateAsync("other.key", "once.token", "subscribe,delegate", "-o", _folder.At("spent.token"));

        NetmeshResult stranger = await DelegateAsync("third.key", "once.token", "subscribe");
        NetmeshResult never = await DelegateAsync("other.key", "never.token", "subscribe");
        NetmeshResult spent = await DelegateAsync("third.key", "spent.token", "subscribe");
        NetmeshResult wider = await DelegateAsync("other.key", "once.token", "publish");

        Assert.Equal((1, true), (stranger.ExitCode, stranger.Error.Contains($"it is for {_other.EntityId}", StringComparison.Ordinal)));
        Assert.Equal((1, true), (never.ExitCode, never.Error.Contains("may be handed on no further", StringComparison.Ordinal)));
        Assert.Equal((1, true), (spent.ExitCode, spent.Error.Contains("may be handed on no further", StringComparison.Ordinal)));
        Assert.Equal((2, true), (wider.ExitCode, wider.Error.Contains("--scope asks for publish, and the token grants subscribe, delegate", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("valid", 0)]
    [InlineData("expired", 1)]
    [InlineData("not_yet_valid", 1)]
    [InlineData("invalid_signature", 1)]
    [InlineData("wrong_channel", 1)]
    [InlineData("not_authorized", 1)]
    public async Task Show_says_whether_a_token_counts_and_its_status_says_so_too(string status, int exitCode)
    {
        File.WriteAllBytes(_folder.At("t.token"), TokenOf(status));

        NetmeshResult shown = await Netmesh.RunAsync("token", "show", _folder.At("t.token"), "--channel", "sensors/temp", "--json");
        NetmeshResult asText = await Netmesh.RunAsync("token", "show", _folder.At("t.token"), "--channel", "sensors/temp");

        Assert.Equal(status, Assert.Single(NetmeshResult.Parse(shown.Output)).GetProperty("status").GetString());
        Assert.Equal((exitCode, exitCode), (shown.ExitCode, asText.ExitCode));
        Assert.StartsWith($"file     {_folder.At("t.token")}\ntoken    ", asText.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_text_that_other_programs_write_is_read_whatever_its_alphabet()
    {
        PermissionToken token = _issuer.IssueToken(_other.EntityId, TokenScope.Subscribe, "sensors/temp", TimeSpan.FromMinutes(5));
        _folder.Write("t.token", Convert.ToBase64String(token.AsSpan()));

        NetmeshResult shown = await Netmesh.RunAsync("token", "show", _folder.At("t.token"));

        Assert.True(shown.ExitCode == 0, shown.Error);
    }

    [Fact]
    public async Task A_file_without_a_token_and_one_that_exists_are_named()
    {
        NetmeshResult none = await Netmesh.RunAsync("token", "show", _folder.Psk);
        NetmeshResult missing = await Netmesh.RunAsync("token", "show", "/no/such.token");
        _folder.Write("t.token", "precious");
        NetmeshResult existing = await IssueAsync("--scope", "subscribe", "-o", _folder.At("t.token"));

        Assert.Equal((2, true), (none.ExitCode, none.Error.Contains($"'{_folder.Psk}' holds no token", StringComparison.Ordinal)));
        Assert.Equal((2, true), (missing.ExitCode, missing.Error.Contains("'/no/such.token' does not exist", StringComparison.Ordinal)));
        Assert.Equal((2, true), (existing.ExitCode, existing.Error.Contains("--force", StringComparison.Ordinal)));
        Assert.Equal("precious\n", await File.ReadAllTextAsync(_folder.At("t.token")));
    }

    private Task<NetmeshResult> IssueAsync(params string[] arguments) => Netmesh.RunAsync(
        ["token", "issue", "--key", _folder.Key, "--subject", _other.EntityId.ToString(), "--channel", "sensors/temp", .. arguments]);

    private Task<NetmeshResult> DelegateAsync(string key, string token, string scope, params string[] arguments) => Netmesh.RunAsync(
        ["token", "delegate", "--key", _folder.At(key), "--token", _folder.At(token), "--subject", _third.EntityId.ToString(), "--scope", scope, .. arguments]);

    private TokenChain ReadChain(string name) =>
        TokenChain.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(File.ReadAllText(_folder.At(name)).Trim()));

    private TokenError Verify(TokenChain chain, TokenScope action, ChannelName channel, Identity presenter) =>
        chain.Verify(action, channel.Hash, presenter.EntityId, [_issuer.EntityId], null, DateTimeOffset.UtcNow);

    private byte[] TokenOf(string status)
    {
        TimeSpan shift = status switch { "expired" => TimeSpan.FromHours(-1), "not_yet_valid" => TimeSpan.FromHours(1), _ => TimeSpan.Zero };
        using var issuer = Identity.FromSeed(Convert.FromHexString(new string('a', 64)), new ShiftedTime(shift));
        ChannelName channel = status == "wrong_channel" ? "sensors/hum" : "sensors/temp";
        PermissionToken token = issuer.IssueToken(_other.EntityId, TokenScope.Subscribe, channel, TimeSpan.FromMinutes(5));
        if (status == "not_authorized")
            return TokenChain.Create(token, _third.IssueToken(_third.EntityId, TokenScope.Subscribe, channel, TimeSpan.FromMinutes(1))).ToBytes();
        byte[] bytes = token.ToBytes();
        if (status == "invalid_signature")
            bytes[^1] ^= 1;
        return bytes;
    }

    private static string[] Words(JsonElement line, string name) => [.. line.GetProperty(name).EnumerateArray().Select(word => word.GetString()!)];

    private sealed class ShiftedTime(TimeSpan shift) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + shift;
    }
}
