namespace Net.Mesh.Rpc;

/// <summary>A service that is served. Disposing stops it: no call begins any more, and those that run get their answers.</summary>
public sealed class ServeHandle : IAsyncDisposable
{
    private readonly Func<Task> _stop;
    private Task? _stopping;

    internal ServeHandle(string service, ServiceShape shape, Func<Task> stop)
    {
        Service = service;
        Shape = shape;
        _stop = stop;
    }

    /// <summary>The service.</summary>
    public string Service { get; }

    /// <summary>Which way items stream.</summary>
    public ServiceShape Shape { get; }

    /// <summary>Stops serving, and waits for the calls that run.</summary>
    public async ValueTask DisposeAsync() => await (_stopping ??= _stop()).ConfigureAwait(false);
}
