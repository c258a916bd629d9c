using System.Globalization;
using NATS.Client.Core;

namespace Net.Mesh.JetStream;

/// <summary>An error that the JetStream API answered with.</summary>
/// <param name="Code">The HTTP-like code.</param>
/// <param name="ErrorCode">The server's own code, which says precisely what happened.</param>
/// <param name="Description">The server's words.</param>
internal readonly record struct ApiError(int Code, int ErrorCode, string Description)
{
    public const int StreamNotFoundCode = 10059;

    public const int MessageNotFoundCode = 10037;

    public bool IsStreamNotFound => ErrorCode == StreamNotFoundCode;

    public bool IsMessageNotFound => ErrorCode == MessageNotFoundCode;
}

/// <summary>Decides which failures are worth another try (spec 05 §11.3, T21, T35).</summary>
internal static class JetStreamErrors
{
    /// <summary>The server is out of room, or out of what the account may use.</summary>
    private static readonly HashSet<int> Full = [10002, 10023, 10028, 10047, 10077, 10167];

    /// <summary>A cluster without a leader, a peer that is away, a stream that is offline; and a create that failed without a reason.</summary>
    private static readonly HashSet<int> Hiccups = [10004, 10005, 10006, 10007, 10008, 10009, 10049, 10075, 10118];

    /// <summary>JetStream is off, the account has none, or it is not there: codes look like hiccups, but only an operator can help.</summary>
    private static readonly HashSet<int> NotEnabled = [10035, 10039, 10076];

    public static AdapterErrorKind Classify(in ApiError error)
    {
        if (NotEnabled.Contains(error.ErrorCode))
            return AdapterErrorKind.Fatal;
        if (Full.Contains(error.ErrorCode))
            return AdapterErrorKind.Backpressure;
        if (error.IsStreamNotFound || Hiccups.Contains(error.ErrorCode) || error.Code is 408 or 429 or 503)
            return AdapterErrorKind.Transient;
        return AdapterErrorKind.Fatal;
    }

    public static AdapterException FromApi(in ApiError error, string doing)
    {
        AdapterErrorKind kind = Classify(error);
        string remedy = kind switch
        {
            AdapterErrorKind.Backpressure => "; free space or raise the limit",
            AdapterErrorKind.Fatal when NotEnabled.Contains(error.ErrorCode) => "; enable JetStream on the server and for the account",
            AdapterErrorKind.Fatal => "; change the options or the server's configuration",
            _ => "",
        };
        return new(kind, string.Create(CultureInfo.InvariantCulture, $"{doing} failed: {error.Description} (code {error.Code}, {error.ErrorCode}){remedy}"));
    }

    public static AdapterException NobodyListens(string subject, bool serverHasJetStream) => serverHasJetStream
        ? new(AdapterErrorKind.Transient, $"nobody answers on {subject}; JetStream is not available at the moment")
        : new(AdapterErrorKind.Fatal, $"nobody answers on {subject}: the server runs without JetStream; start it with JetStream enabled (nats-server -js)");

    public static AdapterException TimedOut(string doing, TimeSpan timeout) =>
        new(AdapterErrorKind.Transient, $"{doing} got no answer within {timeout}");

    /// <summary>What the client threw. The caller's own cancellation stays what it is.</summary>
    public static Exception FromClient(Exception error, string doing, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (error is OperationCanceledException && cancellationToken.IsCancellationRequested)
            return new OperationCanceledException(error.Message, error, cancellationToken);
        return error switch
        {
            OperationCanceledException or TimeoutException => TimedOut(doing, timeout),
            ObjectDisposedException => new AdapterException(AdapterErrorKind.Shutdown, "the JetStream connection was closed", error),
            NatsPayloadTooLargeException => new AdapterException(AdapterErrorKind.Fatal, $"{doing} failed: {error.Message}", error),
            NatsException => new AdapterException(AdapterErrorKind.Transient, $"{doing} failed: {error.Message}", error),
            _ => new AdapterException(AdapterErrorKind.Fatal, $"{doing} failed: {error.Message}", error),
        };
    }

    public static AdapterException FromConnect(Exception error, string redactedUrl, TimeSpan timeout)
    {
        for (Exception? inner = error; inner is not null; inner = inner.InnerException)
        {
            if (inner is AdapterException known)
                return known;
            if (inner is NatsServerException { IsAuthError: true } refused)
                return new(AdapterErrorKind.Fatal, $"{redactedUrl} refuses the credentials ({refused.Error}); check user, password, token or key", error);
            if (inner is NATS.NKeys.NKeysException or FormatException or FileNotFoundException)
                return new(AdapterErrorKind.Fatal, $"the credentials for {redactedUrl} cannot be read: {inner.Message}", error);
        }
        return error is OperationCanceledException or TimeoutException
            ? new(AdapterErrorKind.Connection, $"{redactedUrl} did not answer within {timeout}; check the address and that the server runs", error)
            : new(AdapterErrorKind.Connection, $"{redactedUrl} cannot be reached: {error.Message}", error);
    }
}
