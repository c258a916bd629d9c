using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>What a failure of the client or the server means for the bus (spec 05 §9.4).</summary>
internal static class RedisErrors
{
    /// <summary>Turns any failure of a command into the adapter's own exception.</summary>
    /// <param name="doing">What was being done, such as <c>writing shard 3</c>.</param>
    /// <param name="error">What the client threw.</param>
    public static AdapterException Wrap(string doing, Exception error) => error switch
    {
        AdapterException adapter => adapter,
        RedisServerException server => FromServer(doing, server.Message, server),
        RedisTimeoutException or TimeoutException => new(
            AdapterErrorKind.Transient, $"Redis command timeout while {doing}; raise CommandTimeout if the server is merely slow.", error),
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => new(
            AdapterErrorKind.Fatal, $"Redis refused the credentials while {doing}; check user and password in the Url.", error),
        // A task that the client gave up belongs to a connection that went away.
        RedisConnectionException or OperationCanceledException or IOException => new(
            AdapterErrorKind.Transient, $"the connection to Redis was lost while {doing}; it is re-established by itself.", error),
        ObjectDisposedException => new(AdapterErrorKind.Shutdown, $"the Redis adapter was shut down while {doing}", error),
        _ => new(AdapterErrorKind.Fatal, $"Redis failed while {doing}: {error.Message}", error),
    };

    /// <summary>A failure at start: what cannot be reached is a connection error, what is refused for good is fatal.</summary>
    /// <param name="server">The server, redacted.</param>
    /// <param name="error">What the client threw.</param>
    public static AdapterException WrapConnect(string server, Exception error)
    {
        if (FindRefusal(error) is { } refusal)
            return new(AdapterErrorKind.Fatal, $"Redis at {server} refused the credentials ({refusal}); check user and password in the Url.", error);
        if (error is RedisServerException answer && Classify(answer.Message) == AdapterErrorKind.Fatal)
            return new(AdapterErrorKind.Fatal, $"Redis at {server} refused the adapter: {answer.Message}", error);
        return new(AdapterErrorKind.Connection, $"Redis at {server} does not answer: {error.Message}", error);
    }

    /// <summary>The class of a server error by its leading code; never by the text after it (T19).</summary>
    public static AdapterErrorKind Classify(string message) => Code(message) switch
    {
        "OOM" or "MISCONF" => AdapterErrorKind.Backpressure, // memory or disk is full: room may come back
        "LOADING" or "MOVED" or "ASK" or "TRYAGAIN" or "CLUSTERDOWN" or "MASTERDOWN" or "READONLY" or "BUSY" or "NOREPLICAS"
            => AdapterErrorKind.Transient,
        _ => AdapterErrorKind.Fatal,
    };

    public static AdapterException FromServer(string doing, string message, Exception error)
    {
        AdapterErrorKind kind = Classify(message);
        string remedy = kind switch
        {
            AdapterErrorKind.Backpressure => "; make room or raise the server's limit",
            AdapterErrorKind.Transient => "; it is tried again",
            _ => "",
        };
        return new(kind, $"Redis refused {doing}: {message}{remedy}", error);
    }

    public static ReadOnlySpan<char> Code(string message)
    {
        ReadOnlySpan<char> text = message.AsSpan().TrimStart('-');
        int space = text.IndexOf(' ');
        return space < 0 ? text : text[..space];
    }

    // The client wraps a refused login several levels deep, and reports it as a failed connection.
    private static string? FindRefusal(Exception error)
    {
        for (Exception? e = error; e is not null; e = e.InnerException)
        {
            foreach (string code in (ReadOnlySpan<string>)["WRONGPASS", "NOAUTH"])
            {
                if (e.Message.Contains(code, StringComparison.Ordinal))
                    return code;
            }
            if (e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
                return "authentication failure";
        }
        return null;
    }
}
