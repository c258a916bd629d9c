namespace Net.Mesh.Rpc;

/// <summary>
/// A service that is served, or all services of a contract. Disposing stops it: no call begins any more, and those that run get their
/// answers.
/// </summary>
public sealed class ServeHandle : IAsyncDisposable
{
    private readonly Func<Task> _stop;
    private Task? _stopping;

    internal ServeHandle(string service, ServiceShape shape, Func<Task> stop)
    {
        Services = [service];
        Shape = shape;
        _stop = stop;
    }

    internal ServeHandle(IReadOnlyList<ServeHandle> parts)
    {
        Services = [.. parts.Select(static part => part.Service)];
        Shape = parts[0].Shape;
        _stop = () => Task.WhenAll(parts.Select(static part => part.DisposeAsync().AsTask()));
    }

    /// <summary>The service; of a contract the first one.</summary>
    public string Service => Services[0];

    /// <summary>Which way items stream; of a contract for the first service.</summary>
    public ServiceShape Shape { get; }

    /// <summary>All services, in the order of the contract.</summary>
    public IReadOnlyList<string> Services { get; }

    /// <summary>Stops serving, and waits for the calls that run.</summary>
    public async ValueTask DisposeAsync() => await (_stopping ??= _stop()).ConfigureAwait(false);
}
