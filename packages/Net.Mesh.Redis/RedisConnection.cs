using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Net.Mesh.Redis;

/// <summary>
/// The one connection that everything shares: opened once, re-established by the client by itself, every call bounded by the
/// command timeout. Thread-safe once open.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _multiplexer;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _commandTimeout;

    private RedisConnection(ConnectionMultiplexer multiplexer, TimeProvider timeProvider, TimeSpan commandTimeout)
    {
        _multiplexer = multiplexer;
        _timeProvider = timeProvider;
        _commandTimeout = commandTimeout;
        Database = multiplexer.GetDatabase();
    }

    public IDatabase Database { get; }

    /// <summary>Connects and asks for one answer.</summary>
    /// <exception cref="AdapterException">Connection when nobody answers, Fatal when the credentials are refused.</exception>
    public static async Task<RedisConnection> OpenAsync(
        RedisAdapterOptions options, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken)
    {
        string server = RedisUrl.Describe(options.Url);
        Task<ConnectionMultiplexer> connecting = ConnectionMultiplexer.ConnectAsync(Configure(options));
        RedisConnection connection;
        try
        {
            ConnectionMultiplexer multiplexer =
                await connecting.WaitAsync(options.ConnectTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
            connection = new(multiplexer, timeProvider, options.CommandTimeout);
        }
        catch (Exception e)
        {
            _ = DisposeWhenConnectedAsync(connecting);
            if (e is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw;
            throw RedisErrors.WrapConnect(server, e);
        }

        try
        {
            await connection.Database.PingAsync().WaitAsync(options.ConnectTimeout, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && cancellationToken.IsCancellationRequested)
                throw;
            throw RedisErrors.WrapConnect(server, e);
        }
        connection.LogChanges(logger, server);
        return connection;
    }

    /// <summary>The servers that hold the keys: the primaries, or a lone replica.</summary>
    public IReadOnlyList<IServer> GetServers()
    {
        IServer[] connected = [.. _multiplexer.GetServers().Where(s => s.IsConnected)];
        IServer[] primaries = [.. connected.Where(s => !s.IsReplica)];
        return primaries.Length > 0 ? primaries : connected;
    }

    /// <summary>Waits for a command at most as long as the command timeout.</summary>
    /// <exception cref="TimeoutException">The answer did not come in time; the server may still carry the command out.</exception>
    public async Task<T> WithinTimeoutAsync<T>(Task<T> command, CancellationToken cancellationToken)
    {
        try
        {
            return await command.WaitAsync(_commandTimeout, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch when (!command.IsCompleted)
        {
            Forget(command);
            throw;
        }
    }

    /// <summary>Whether the server answers on the connection everybody uses; no new connection is opened for it (T36).</summary>
    public async Task<bool> IsAnsweringAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WithinTimeoutAsync(Database.PingAsync(), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync() => _multiplexer.DisposeAsync();

    /// <summary>Whatever becomes of it, nobody waits any more.</summary>
    public static void Forget(Task task) =>
        _ = task.ContinueWith(static t => _ = t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private static ConfigurationOptions Configure(RedisAdapterOptions options)
    {
        if (!RedisUrl.TryParse(options.Url, out ConfigurationOptions? configuration, out string? problem))
            throw new EventBusException(EventBusException.Configuration, $"invalid Redis configuration: Url {problem}.");

        // T20: the client's own deadline only sweeps up what was abandoned; it must never come before ours.
        int deadline = (int)Math.Min(int.MaxValue, (options.CommandTimeout * 2 + TimeSpan.FromSeconds(5)).TotalMilliseconds);
        configuration.AsyncTimeout = deadline;
        configuration.SyncTimeout = deadline;
        configuration.ConnectTimeout = (int)Math.Max(1, options.ConnectTimeout.TotalMilliseconds);
        configuration.ConnectRetry = 1;
        configuration.AbortOnConnectFail = true; // a start without a server fails; after that it reconnects for ever
        configuration.ReconnectRetryPolicy = new ExponentialRetry(100, 2_000);
        // The bus retries. A command that waits here for a new connection would come after its own retry.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        configuration.IncludeDetailInExceptions = false;
        return configuration;
    }

    private void LogChanges(ILogger logger, string server)
    {
        _multiplexer.ConnectionFailed += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
                RedisLog.ConnectionLost(logger, server, e.FailureType);
        };
        _multiplexer.ConnectionRestored += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
                RedisLog.ConnectionRestored(logger, server);
        };
    }

    private static async Task DisposeWhenConnectedAsync(Task<ConnectionMultiplexer> connecting)
    {
        try
        {
            ConnectionMultiplexer late = await connecting.ConfigureAwait(false);
            await late.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is RedisException or ArgumentException or OperationCanceledException or IOException)
        {
            // It did not connect; that was reported.
        }
    }
}
