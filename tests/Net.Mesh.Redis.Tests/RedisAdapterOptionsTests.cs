using System.Net;
using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

public sealed class RedisAdapterOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(new RedisAdapterOptions("redis://localhost:6379").Validate());

    [Fact]
    [Trait("spec", "05 T23")]
    public void Every_problem_is_listed_at_once()
    {
        var options = new RedisAdapterOptions("")
        {
            Prefix = null!,
            MaxStreamLength = 0,
            ConnectTimeout = TimeSpan.Zero,
            CommandTimeout = TimeSpan.FromMilliseconds(-1),
            RetryLookBack = -1,
        };
        Assert.Equal(6, options.Validate().Count);
        EventBusException e = Assert.Throws<EventBusException>(() => new RedisEventAdapter(options));
        Assert.Equal(EventBusException.Configuration, e.Kind);
        foreach (string name in (string[])["Url", "Prefix", "MaxStreamLength", "ConnectTimeout", "CommandTimeout", "RetryLookBack"])
            Assert.Contains(name + " is", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UseRedis_refuses_invalid_options_at_once()
    {
        Assert.Throws<EventBusException>(() => EventBus.CreateBuilder().UseRedis("http://localhost"));
        Assert.Throws<EventBusException>(() => EventBus.CreateBuilder().UseRedis(new RedisAdapterOptions("localhost") { RetryLookBack = -1 }));
    }

    [Theory]
    [InlineData("redis://localhost", "localhost", 6379, null, null, 0, false)]
    [InlineData("redis://localhost:7000/3", "localhost", 7000, null, null, 3, false)]
    [InlineData("redis://localhost/", "localhost", 6379, null, null, 0, false)]
    [InlineData("REDISS://redis.example.com", "redis.example.com", 6379, null, null, 0, true)]
    [InlineData("redis://user:secret@h:1", "h", 1, "user", "secret", 0, false)]
    [InlineData("redis://:secret@h:1", "h", 1, null, "secret", 0, false)]
    [InlineData("redis://user:p%2Fq%23@h:1/2", "h", 1, "user", "p/q#", 2, false)]
    public void A_url_says_server_credentials_database_and_tls(
        string url, string host, int port, string? user, string? password, int database, bool isTls)
    {
        Assert.True(RedisUrl.TryParse(url, out ConfigurationOptions? options, out _));
        var endpoint = Assert.IsType<DnsEndPoint>(Assert.Single(options.EndPoints));
        Assert.Equal((host, port), (endpoint.Host, endpoint.Port));
        Assert.Equal((user, password), (options.User, options.Password));
        Assert.Equal((database, isTls), (options.DefaultDatabase, options.Ssl));
    }

    [Theory]
    [InlineData("redis://[::1]:7000")]
    [InlineData("redis://127.0.0.1:7000")]
    public void A_url_may_hold_an_address(string url)
    {
        Assert.True(RedisUrl.TryParse(url, out ConfigurationOptions? options, out _));
        var endpoint = Assert.IsType<IPEndPoint>(Assert.Single(options.EndPoints));
        Assert.Equal(7000, endpoint.Port);
        Assert.True(IPAddress.IsLoopback(endpoint.Address));
    }

    [Fact]
    [Trait("spec", "05 T34")]
    public void A_password_with_an_at_sign_is_read_whole_and_never_shown()
    {
        const string url = "redis://admin:p@ss@redis.example.com:6379/1";
        Assert.True(RedisUrl.TryParse(url, out ConfigurationOptions? options, out _));
        Assert.Equal("p@ss", options.Password);
        Assert.Equal("redis.example.com", Assert.IsType<DnsEndPoint>(Assert.Single(options.EndPoints)).Host);
        Assert.Equal("redis://[REDACTED]@redis.example.com:6379/1", RedisUrl.Describe(url));
        Assert.DoesNotContain("ss@", new RedisAdapterOptions(url).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis://")]
    [InlineData("redis://user:hunter2@:6379")]
    [InlineData("redis://user:hunter2@host:0")]
    [InlineData("redis://user:hunter2@host:65536")]
    [InlineData("redis://user:hunter2@host:x")]
    [InlineData("redis://user:hunter2@host/db")]
    [InlineData("redis://user:hunter2@host/1?x=y")]
    [InlineData("http://user:hunter2@host")]
    [InlineData("host:6379,password=hunter2,nonsense=hunter2")]
    [InlineData("password=hunter2")]
    [InlineData(" ")]
    public void A_bad_url_is_refused_without_showing_the_password(string url)
    {
        string problem = Assert.Single(new RedisAdapterOptions(url).Validate());
        Assert.StartsWith("Url ", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_configuration_string_of_the_client_is_taken_as_it_is_and_its_password_never_shown()
    {
        const string text = "one:6379,two:6380,password=hunter2,ssl=true,defaultDatabase=4";
        Assert.True(RedisUrl.TryParse(text, out ConfigurationOptions? options, out _));
        Assert.Equal(2, options.EndPoints.Count);
        Assert.Equal("hunter2", options.Password);
        Assert.True(options.Ssl);
        Assert.Equal("one:6379,two:6380", RedisUrl.Describe(text));
        Assert.DoesNotContain("hunter2", new RedisAdapterOptions(text).ToString(), StringComparison.Ordinal);
    }
}
