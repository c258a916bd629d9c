namespace Net.Mesh.Benchmarks.Compare;

/// <summary>
/// Comparisons that belong together. A suite is created for one run and disposed after it; what its measurements share, such as
/// a server, is started by the first that needs it.
/// </summary>
internal abstract class ComparisonSuite : IAsyncDisposable
{
    public abstract IReadOnlyList<Comparison> Comparisons { get; }

    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
