using NATS.NKeys;
using Net.Mesh.Bus;
using Net.Mesh.TestSupport;

namespace Net.Mesh.JetStream.Tests;

/// <summary>Who may connect, and what a refusal looks like.</summary>
public sealed class CredentialTests
{
    private const string Users = ConfiguredNatsServer.JetStream + """authorization { users: [ { user: "app", password: "p@ss/w:rd#1" } ] }""";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task User_and_password_work_in_the_url_and_in_the_options(bool inUrl)
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(Users);
        JetStreamAdapterOptions options = inUrl
            ? new(server.UrlFor("app:" + Uri.EscapeDataString("p@ss/w:rd#1")))
            : new(server.Url) { User = "app", Password = "p@ss/w:rd#1" };
        await AssertWorksAsync(options);
    }

    [Fact]
    public async Task A_wrong_password_is_fatal_and_in_no_message_or_log_line()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(Users);
        var logs = new CapturedLogs();
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await Adapters.OpenAsync(new(server.UrlFor("app:hunter22")), logs));
        Assert.Contains("refuses the credentials", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter22", e.ToString(), StringComparison.Ordinal);
        Assert.NotEmpty(logs.Lines);
        Assert.DoesNotContain(logs.Lines, line => line.Message.Contains("hunter22", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Missing_credentials_are_fatal()
    {
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(Users);
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await Adapters.OpenAsync(new(server.Url)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_token_works_in_the_url_and_in_the_options(bool inUrl)
    {
        await using NatsServer server = await NatsServer.StartNewAsync("--auth", "s3cr-t");
        await AssertWorksAsync(inUrl ? new(server.Url.Replace("//", "//s3cr-t@", StringComparison.Ordinal)) : new(server.Url) { Token = "s3cr-t" });
        await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await Adapters.OpenAsync(new(server.Url) { Token = "wrong" }));
    }

    [Fact]
    public async Task An_nkey_works_from_its_seed_and_from_a_file()
    {
        using KeyPair pair = KeyPair.CreatePair(PrefixByte.User);
        await using ConfiguredNatsServer server = await ConfiguredNatsServer.StartNewAsync(
            ConfiguredNatsServer.JetStream + $$"""authorization { users: [ { nkey: "{{pair.GetPublicKey()}}" } ] }""");
        await AssertWorksAsync(new(server.Url) { NKeySeed = pair.GetSeed() });

        string file = Path.Combine(server.DataFolder, "user.nk");
        await File.WriteAllTextAsync(file, $"-----BEGIN USER NKEY SEED-----\n{pair.GetSeed()}\n------END USER NKEY SEED------\n", Adapters.Stop);
        await AssertWorksAsync(new(server.Url) { Prefix = "file", NKeyFile = file });

        using KeyPair stranger = KeyPair.CreatePair(PrefixByte.User);
        AdapterException e = await Adapters.FailsAsync(AdapterErrorKind.Fatal, async () => await Adapters.OpenAsync(new(server.Url) { NKeySeed = stranger.GetSeed() }));
        Assert.DoesNotContain(stranger.GetSeed(), e.ToString(), StringComparison.Ordinal);
    }

    private static async Task AssertWorksAsync(JetStreamAdapterOptions options)
    {
        await using JetStreamEventAdapter adapter = await Adapters.OpenAsync(options);
        await adapter.WriteBatchAsync(Adapters.Batch(0, 0, 3), Adapters.Stop);
        Adapters.AssertNumbered(0, 3, await Adapters.ReadAllAsync(adapter, 0));
    }
}
