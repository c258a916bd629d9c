using StackExchange.Redis;

namespace Net.Mesh.Redis.Tests;

public sealed class RedisErrorsTests
{
    [Theory]
    [Trait("spec", "05 T19")]
    [Trait("spec", "05 T35")]
    [InlineData("OOM command not allowed when used memory > 'maxmemory'.", AdapterErrorKind.Backpressure)]
    [InlineData("MISCONF Redis is configured to save RDB snapshots", AdapterErrorKind.Backpressure)]
    [InlineData("LOADING Redis is loading the dataset in memory", AdapterErrorKind.Transient)]
    [InlineData("MOVED 3999 127.0.0.1:6381", AdapterErrorKind.Transient)]
    [InlineData("ASK 3999 127.0.0.1:6381", AdapterErrorKind.Transient)]
    [InlineData("TRYAGAIN Multiple keys request during rehashing of slot", AdapterErrorKind.Transient)]
    [InlineData("CLUSTERDOWN The cluster is down", AdapterErrorKind.Transient)]
    [InlineData("MASTERDOWN Link with MASTER is down", AdapterErrorKind.Transient)]
    [InlineData("READONLY You can't write against a read only replica.", AdapterErrorKind.Transient)]
    [InlineData("BUSY Redis is busy running a script.", AdapterErrorKind.Transient)]
    [InlineData("NOREPLICAS Not enough good replicas to write.", AdapterErrorKind.Transient)]
    [InlineData("-NOREPLICAS", AdapterErrorKind.Transient)]
    [InlineData("NOAUTH Authentication required.", AdapterErrorKind.Fatal)]
    [InlineData("WRONGPASS invalid username-password pair", AdapterErrorKind.Fatal)]
    [InlineData("NOPERM this user has no permissions to run the 'xadd' command", AdapterErrorKind.Fatal)]
    [InlineData("WRONGTYPE Operation against a key holding the wrong kind of value", AdapterErrorKind.Fatal)]
    [InlineData("CROSSSLOT Keys in request don't hash to the same slot", AdapterErrorKind.Fatal)]
    [InlineData("NOSCRIPT No matching script", AdapterErrorKind.Fatal)]
    [InlineData("ERR unknown command", AdapterErrorKind.Fatal)]
    [InlineData("ERR the BUSY LOADING server says OOM", AdapterErrorKind.Fatal)] // only the leading code counts
    [InlineData("BUSYKEY Target key name already exists.", AdapterErrorKind.Fatal)]
    [InlineData("", AdapterErrorKind.Fatal)]
    public void A_server_error_is_classified_by_its_leading_code(string message, AdapterErrorKind expected)
    {
        Assert.Equal(expected, RedisErrors.Classify(message));
        AdapterException e = RedisErrors.Wrap("writing", new RedisServerException(RedisErrorKind.Unknown, CommandFlags.None, message));
        Assert.Equal(expected, e.ErrorKind);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_of_the_client_are_classified_by_what_may_help()
    {
        Assert.Equal(AdapterErrorKind.Transient, RedisErrors.Wrap("x", new TimeoutException()).ErrorKind);
        Assert.Equal(AdapterErrorKind.Transient, RedisErrors.Wrap("x", new RedisTimeoutException(CommandFlags.None, "late", CommandStatus.Sent)).ErrorKind);
        Assert.Equal(AdapterErrorKind.Transient, RedisErrors.Wrap("x", Lost(ConnectionFailureType.SocketClosed)).ErrorKind);
        Assert.Equal(AdapterErrorKind.Transient, RedisErrors.Wrap("x", new OperationCanceledException()).ErrorKind);
        Assert.Equal(AdapterErrorKind.Fatal, RedisErrors.Wrap("x", Lost(ConnectionFailureType.AuthenticationFailure)).ErrorKind);
        Assert.Equal(AdapterErrorKind.Shutdown, RedisErrors.Wrap("x", new ObjectDisposedException("mux")).ErrorKind);
        Assert.Equal(AdapterErrorKind.Fatal, RedisErrors.Wrap("x", new InvalidOperationException("?")).ErrorKind);
        var own = new AdapterException(AdapterErrorKind.Serialization, "too large");
        Assert.Same(own, RedisErrors.Wrap("x", own));
    }

    private static RedisConnectionException Lost(ConnectionFailureType failure) =>
        new(failure, CommandFlags.None, "gone", null, CommandStatus.Sent);
}
