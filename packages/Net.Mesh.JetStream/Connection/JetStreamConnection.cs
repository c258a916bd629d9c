using Microsoft.Extensions.Logging;
using NATS.Client.Core;
using Net.Mesh.Bus;
using Net.Mesh.Primitives;

namespace Net.Mesh.JetStream;

/// <summary>
/// The connection to the server and its one inbox. The client reconnects by itself, without limit. Thread-safe.
/// </summary>
internal sealed class JetStreamConnection : IAsyncDisposable
{
    private static readonly TimeSpan MaxReconnectWait = TimeSpan.FromSeconds(4);

    private readonly JetStreamAdapterOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly NatsConnection _client;
    private readonly ReplyInbox _inbox;
    private int _generation;
    private volatile AdapterException? _inboxDenied;

    private JetStreamConnection(JetStreamAdapterOptions options, AdapterContext context, ILogger logger)
    {
        _options = options;
        _time = context.TimeProvider;
        _logger = logger;
        ServerUrls urls = ServerUrls.Parse(options.Url);
        _client = new NatsConnection(NatsOpts.Default with
        {
            Url = urls.Text,
            Name = "Net.Mesh",
            AuthOpts = Credentials.From(options, urls.UserInfo),
            ConnectTimeout = options.ConnectTimeout,
            RequestTimeout = options.RequestTimeout,
            CommandTimeout = options.RequestTimeout,
            LoggerFactory = context.LoggerFactory,
            InboxPrefix = options.InboxPrefix,
            MaxReconnectRetry = -1,
            ReconnectWaitMin = TimeSpan.FromMilliseconds(10),
            ReconnectWaitMax = MaxReconnectWait,
            // A server that is being reconfigured may refuse the same credentials twice and then take them.
            IgnoreAuthErrorAbort = true,
        });
        ClientTracing.Exclude(_client);
        _inbox = new ReplyInbox(_client, options.InboxPrefix);
        // Runs before each connection attempt, so a resend of the client is always seen in a later generation than the send.
        _client.OnConnectingAsync = target =>
        {
            Interlocked.Increment(ref _generation);
            return ValueTask.FromResult(target);
        };
        _client.ServerError += OnServerErrorAsync;
        _client.ConnectionDisconnected += (_, _) =>
        {
            JetStreamLog.Disconnected(_logger, RedactedUrl);
            return ValueTask.CompletedTask;
        };
        _client.ConnectionOpened += (_, _) =>
        {
            JetStreamLog.Connected(_logger, RedactedUrl);
            return ValueTask.CompletedTask;
        };
    }

    public string RedactedUrl => UrlRedaction.Redact(_options.Url);

    public bool IsConnected => _client.ConnectionState == NatsConnectionState.Open;

    /// <summary>Grows with every attempt to connect: equal values around a call mean that the client did not resend in between.</summary>
    public int Generation => Volatile.Read(ref _generation);

    public int MaxPayload => _client.ServerInfo?.MaxPayload ?? 1024 * 1024;

    /// <summary>Whether the server says that it runs JetStream itself; in a cluster another one may.</summary>
    public bool ServerHasJetStream => _client.ServerInfo?.JetStreamAvailable ?? false;

    public static async Task<JetStreamConnection> OpenAsync(
        JetStreamAdapterOptions options, AdapterContext context, ILogger logger, CancellationToken cancellationToken)
    {
        var connection = new JetStreamConnection(options, context, logger);
        try
        {
            await connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ReplyTicket OpenTicket(IReplySink sink)
    {
        if (_inboxDenied is { } denied)
            throw denied;
        return _inbox.Open(sink);
    }

    public void CloseTicket(ReplyTicket ticket) => _inbox.Close(ticket);

    /// <summary>Hands a message to the client; completes when the client has taken it, waiting for a connection if there is none.</summary>
    public ValueTask PublishAsync<T>(
        string subject, T value, NatsHeaders? headers, string replyTo, INatsSerialize<T> serializer, CancellationToken cancellationToken) =>
        _client.PublishAsync(subject, value, headers, replyTo, serializer, null, cancellationToken);

    /// <summary>Asks the JetStream API and waits for the answer.</summary>
    /// <exception cref="AdapterException">No answer in time, nobody there, or no permission.</exception>
    public async ValueTask<byte[]> RequestAsync(string subject, byte[] payload, CancellationToken cancellationToken)
    {
        var sink = new SingleReply(subject, ServerHasJetStream);
        ReplyTicket ticket = OpenTicket(sink);
        using var deadline = new Deadline(_time, _options.RequestTimeout, cancellationToken);
        try
        {
            await PublishAsync(subject, payload, null, ticket.Subject(0), NatsRawSerializer<byte[]>.Default, deadline.Token).ConfigureAwait(false);
            return await sink.Task.WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not AdapterException)
        {
            throw JetStreamErrors.FromClient(e, $"asking {subject}", _options.RequestTimeout, cancellationToken);
        }
        finally
        {
            CloseTicket(ticket);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _inbox.Fail(null, new AdapterException(AdapterErrorKind.Shutdown, "the JetStream connection was closed"));
        await _client.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_time, _options.ConnectTimeout, cancellationToken);
        try
        {
            await _client.ConnectAsync().AsTask().WaitAsync(deadline.Token).ConfigureAwait(false);
            await _client.AddSubAsync(_inbox, deadline.Token).ConfigureAwait(false);
            await _client.PingAsync(deadline.Token).AsTask().WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            throw JetStreamErrors.FromConnect(e, RedactedUrl, _options.ConnectTimeout);
        }
    }

    // The server answers a forbidden request with an error about the subject instead of a reply: without this every such
    // request would look like a timeout and be tried again for ever (T35).
    private ValueTask OnServerErrorAsync(object? sender, NatsServerErrorEventArgs e)
    {
        if (e.Kind != NatsServerErrorKind.PermissionsViolation)
            return ValueTask.CompletedTask;
        JetStreamLog.PermissionDenied(_logger, e.Error);
        string subject = QuotedSubject(e.Error);
        var error = new AdapterException(AdapterErrorKind.Fatal,
            $"the server denies the user of {RedactedUrl} access to \"{subject}\" ({e.Error}); grant the permission");
        if (e.Error.Contains("Subscription", StringComparison.OrdinalIgnoreCase))
        {
            _inboxDenied = error;
            _inbox.Fail(null, error);
        }
        else if (e.Error.Contains("Reply", StringComparison.OrdinalIgnoreCase) && subject.StartsWith(_options.InboxPrefix, StringComparison.Ordinal))
        {
            _inbox.FailReply(subject, error);
        }
        else
        {
            _inbox.Fail(subject, error);
        }
        return ValueTask.CompletedTask;
    }

    private static string QuotedSubject(string error)
    {
        int start = error.IndexOf('"', StringComparison.Ordinal);
        int end = start < 0 ? -1 : error.IndexOf('"', start + 1);
        return end < 0 ? error : error[(start + 1)..end];
    }
}
