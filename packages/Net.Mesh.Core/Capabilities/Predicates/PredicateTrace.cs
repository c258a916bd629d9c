using System.Text;

namespace Net.Mesh.Capabilities;

/// <summary>Why a predicate answered as it did: one node of it, its answer, and the clauses that were asked for it, in order.</summary>
/// <example><code>
/// PredicateTrace why = p.EvaluateWithTrace(caps);
/// Console.WriteLine(why);
/// </code></example>
public sealed class PredicateTrace
{
    internal PredicateTrace(string label, bool result, bool wasSkipped, IReadOnlyList<PredicateTrace> children)
    {
        Label = label;
        Result = result;
        WasSkipped = wasSkipped;
        Children = children;
    }

    /// <summary>The node's <see cref="Predicate.Label"/>.</summary>
    public string Label { get; }

    /// <summary>Its answer; false when it was not asked.</summary>
    public bool Result { get; }

    /// <summary>Whether it was not asked because the answer was known already. Only traces that ask for skipped clauses have such nodes.</summary>
    public bool WasSkipped { get; }

    /// <summary>The clauses in the order in which they were asked. Not has one, with the answer before it is negated.</summary>
    public IReadOnlyList<PredicateTrace> Children { get; }

    /// <summary>
    /// A copy in which the values of clauses about these metadata read <c>&lt;redacted&gt;</c>, for logs and tickets.
    /// </summary>
    public PredicateTrace RedactMetadataKeys(params IEnumerable<string> keys)
    {
        var listed = LabelRedaction.KeySet(keys);
        var done = new Stack<PredicateTrace>();
        var open = new Stack<(PredicateTrace Trace, bool IsReady)>();
        open.Push((this, false));
        while (open.TryPop(out (PredicateTrace Trace, bool IsReady) next))
        {
            PredicateTrace trace = next.Trace;
            if (!next.IsReady)
            {
                open.Push((trace, true));
                for (int i = trace.Children.Count - 1; i >= 0; i--)
                    open.Push((trace.Children[i], false));
                continue;
            }
            var children = new PredicateTrace[trace.Children.Count];
            for (int i = children.Length - 1; i >= 0; i--)
                children[i] = done.Pop();
            done.Push(new(LabelRedaction.Redact(trace.Label, listed), trace.Result, trace.WasSkipped, children));
        }
        return done.Pop();
    }

    /// <summary>A line for each node, indented by its depth: <c>true  Exists(hardware.gpu)</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        var open = new Stack<(PredicateTrace Trace, int Depth)>();
        open.Push((this, 0));
        while (open.TryPop(out (PredicateTrace Trace, int Depth) next))
        {
            (PredicateTrace trace, int depth) = next;
            if (text.Length > 0)
                text.Append('\n');
            // Past a few dozen levels the depth says nothing to a reader, and a deep chain would be text of quadratic length.
            text.Append(' ', 2 * Math.Min(depth, 40)).Append(trace.WasSkipped ? "-    " : trace.Result ? "true " : "false").Append(' ').Append(trace.Label);
            for (int i = trace.Children.Count - 1; i >= 0; i--)
                open.Push((trace.Children[i], depth + 1));
        }
        return text.ToString();
    }

    internal static PredicateTrace Of(Predicate predicate, CapabilitySet capabilities, bool withSkipped)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        var recorder = new Recorder(withSkipped);
        PredicateWalk.Evaluate(predicate, capabilities, ref recorder);
        return recorder.Root!;
    }

    private struct Recorder(bool withSkipped) : IEvaluationObserver
    {
        private readonly Stack<List<PredicateTrace>?> _open = new();

        public PredicateTrace? Root { get; private set; }

        public readonly void Enter(Predicate node) => _open.Push(node.IsLeaf ? null : []);

        public void Leave(Predicate node, bool result) => Add(new(node.Label, result, wasSkipped: false, _open.Pop() ?? (IReadOnlyList<PredicateTrace>)[]));

        public void Skip(Predicate node)
        {
            if (withSkipped)
                Add(new(node.Label, result: false, wasSkipped: true, []));
        }

        private void Add(PredicateTrace trace)
        {
            if (_open.TryPeek(out List<PredicateTrace>? siblings))
                siblings!.Add(trace);
            else
                Root = trace;
        }
    }
}
