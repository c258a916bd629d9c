using Net.Mesh.Bus;

namespace Net.Mesh.JetStream.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void The_defaults_are_those_of_the_spec_and_valid()
    {
        var options = new JetStreamAdapterOptions("nats://localhost:4222");
        Assert.Empty(options.Validate());
        Assert.Equal("net", options.Prefix);
        Assert.Equal(TimeSpan.FromSeconds(5), options.ConnectTimeout);
        Assert.Equal(TimeSpan.FromSeconds(5), options.RequestTimeout);
        Assert.Equal(TimeSpan.FromSeconds(3600), options.DedupWindow);
        Assert.Equal(1, options.Replicas);
        Assert.Null(options.MaxMessages);
        Assert.Null(options.MaxBytes);
        Assert.Null(options.MaxAge);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a.b")]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("*")]
    [InlineData("a>")]
    [InlineData("a\"b")]
    public void A_prefix_that_no_stream_can_have_is_found_before_the_first_use(string prefix)
    {
        string problem = Assert.Single(new JetStreamAdapterOptions("nats://h") { Prefix = prefix }.Validate());
        Assert.Contains($"\"{prefix}\"", problem, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new JetStreamEventAdapter(new("nats://h") { Prefix = prefix }));
    }

    [Fact]
    public void Every_problem_is_listed_at_once()
    {
        var options = new JetStreamAdapterOptions("http://user:hunter2@host")
        {
            Prefix = "a.b", ConnectTimeout = TimeSpan.Zero, RequestTimeout = TimeSpan.FromDays(30), DedupWindow = TimeSpan.Zero, MaxAge = TimeSpan.Zero,
            MaxMessages = -1, MaxBytes = -1, Replicas = 0, Password = "hunter2", Token = "x", NKeySeed = "SUnot", InboxPrefix = "a b", CredentialsFile = "/none",
        };
        IReadOnlyList<string> problems = options.Validate();
        string[] named = ["Url ", "Prefix ", "InboxPrefix ", "ConnectTimeout ", "RequestTimeout ", "DedupWindow ", "MaxAge ", "MaxMessages ", "MaxBytes ",
            "Replicas ", "Password ", "more than one of", "CredentialsFile ", "NKeySeed "];
        Assert.All(named, name => Assert.Single(problems, problem => problem.StartsWith(name, StringComparison.Ordinal)));
        Assert.Equal(named.Length, problems.Count);
        Assert.All(problems, problem => Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nats://")]
    [InlineData("http://host")]
    [InlineData("nats://a,,nats://b")]
    public void A_url_that_cannot_be_dialled_is_a_problem(string url) => Assert.NotEmpty(new JetStreamAdapterOptions(url).Validate());

    [Theory]
    [InlineData("localhost:4222")]
    [InlineData("nats://a:4222, tls://b:4223")]
    [InlineData("ws://a")]
    [InlineData("nats://[::1]:4222")]
    public void A_url_that_can_be_dialled_is_none(string url) => Assert.Empty(new JetStreamAdapterOptions(url).Validate());

    [Fact]
    public void Printing_the_options_prints_no_secret()
    {
        var options = new JetStreamAdapterOptions("nats://user:hunter2@host") { Password = "hunter2", Token = "hunter2", NKeySeed = "hunter2" };
        Assert.DoesNotContain("hunter2", options.ToString(), StringComparison.Ordinal);
        Assert.Contains("host", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_builder_refuses_bad_options_with_every_problem()
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => EventBus.CreateBuilder().UseJetStream(new JetStreamAdapterOptions("") { Replicas = 9 }));
        Assert.Contains("Url", e.Message, StringComparison.Ordinal);
        Assert.Contains("Replicas", e.Message, StringComparison.Ordinal);
    }
}
