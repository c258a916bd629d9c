using System.Runtime.CompilerServices;
using Net.Mesh.Capabilities;

namespace Net.Mesh.Cli.Capabilities;

/// <summary>What a node has to have to be found: by a filter, by scope, by expressions, by a predicate. All that is given has to hold.</summary>
internal sealed record Question(CapabilityFilter Filter, ScopeFilter? Scope, IReadOnlyList<RequiredCapability> Required, Predicate? Where)
{
    /// <summary>The nodes that match, first those that do now, then every change, until it is cancelled, which ends it without an exception.</summary>
    public async IAsyncEnumerable<NodeChange> WatchAsync(MeshCapabilities capabilities, [EnumeratorCancellation] CancellationToken stop)
    {
        var shown = new HashSet<NodeId>();
        IAsyncEnumerator<NodeChange> changes = capabilities.WatchAsync(Filter, stop).GetAsyncEnumerator(CancellationToken.None);
        await using (changes.ConfigureAwait(false))
        {
            while (await TryMoveAsync(changes).ConfigureAwait(false))
            {
                NodeChange change = changes.Current;
                bool matches = change.Kind != NodeChangeKind.Left && Matches(change.Capabilities);
                bool was = matches ? !shown.Add(change.Node) : shown.Remove(change.Node);
                if (matches)
                    yield return change with { Kind = was ? NodeChangeKind.Changed : NodeChangeKind.Joined };
                else if (was)
                    yield return change with { Kind = NodeChangeKind.Left };
            }
        }
    }

    // This process is in no subnet, so nobody is of its own.
    private bool Matches(CapabilitySet set) =>
        (Scope is null || Scope.Admits(set, isSameSubnet: false)) && Required.All(one => one.IsSatisfiedBy(set)) && (Where is null || Where.Evaluate(set));

    private static async ValueTask<bool> TryMoveAsync(IAsyncEnumerator<NodeChange> changes)
    {
        try
        {
            return await changes.MoveNextAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
