using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Transport;

/// <summary>
/// One way to get messages from this process to another on the same machine, over one connection. It starts the other process
/// when it is first needed and keeps it until it is disposed.
/// </summary>
internal interface ITransportContender : IAsyncDisposable
{
    /// <summary>What it is called in the report.</summary>
    string Name { get; }

    /// <summary>Sends messages one way for a while and counts what the other process has got.</summary>
    /// <param name="size">The length of a message in bytes.</param>
    /// <param name="duration">How long to send.</param>
    /// <param name="stop">Cancelled by Ctrl+C.</param>
    /// <returns>Messages a second, until the last one was confirmed.</returns>
    Task<double> MessagesPerSecondAsync(int size, TimeSpan duration, CancellationToken stop);

    /// <summary>Sends one message at a time and waits for it to come back.</summary>
    /// <param name="size">The length of a message in bytes.</param>
    /// <param name="duration">How long to go on.</param>
    /// <param name="stop">Cancelled by Ctrl+C.</param>
    /// <exception cref="SkippedException">This contender does not take part.</exception>
    Task<RoundTrips> PingPongAsync(int size, TimeSpan duration, CancellationToken stop);
}
