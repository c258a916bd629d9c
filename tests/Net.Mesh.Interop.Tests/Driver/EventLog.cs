using System.Text.Json.Nodes;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>The events a peer told of, but for its data, which is asked for. Thread-safe.</summary>
internal sealed class EventLog
{
    private readonly Lock _gate = new();
    private readonly List<JsonObject> _events = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(JsonObject happened)
    {
        if (happened["event"]!.GetValue<string>() == "data")
            return;
        lock (_gate)
        {
            _events.Add(happened);
            _changed.TrySetResult();
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public bool Has(Func<JsonObject, bool> matches)
    {
        lock (_gate)
            return _events.Any(matches);
    }

    public async Task<JsonObject> WaitAsync(Func<JsonObject, bool> matches, TimeSpan limit)
    {
        using var waiting = new CancellationTokenSource(limit);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_events.Find(happened => matches(happened)) is { } found)
                    return found;
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(waiting.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException();
            }
        }
    }
}
