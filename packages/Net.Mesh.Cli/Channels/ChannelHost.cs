using Net.Mesh.Channels;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Channels;

/// <summary>A channel of this process: publishes lines, and says who comes, who goes, and who was refused and why.</summary>
internal sealed class ChannelHost : IAsyncDisposable
{
    private const int MaxShown = 12;
    private const int MaxListed = 1000;

    private readonly MeshChannels _channels;
    private readonly ChannelName _name;
    private readonly Output _output;
    private readonly TimeProvider _time;
    private readonly IAsyncEnumerable<SubscriberEvent> _events;
    private readonly CancellationTokenSource _reading = new();
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reporting;
    private readonly int _wanted;
    private ChannelLine? _lastListed;
    private long _messages;
    private long _deliveries;
    private long _unheard;
    private long _failures;

    /// <param name="node">The node; the channel is its own from here on.</param>
    /// <param name="config">The channel.</param>
    /// <param name="wanted">How many subscribers <see cref="WaitForSubscribersAsync"/> waits for.</param>
    /// <param name="output">Where it speaks.</param>
    /// <param name="time">The clock.</param>
    public ChannelHost(CliNode node, ChannelConfig config, int wanted, Output output, TimeProvider time)
    {
        (_channels, _name, _wanted, _output, _time) = (node.Node.Channels, config.Name, wanted, output, time);
        _events = _channels.WatchSubscribersAsync(_reading.Token); // before anybody can come
        _channels.Register(config);
        _reporting = ReportAsync();
    }

    public Task WaitForSubscribersAsync(TimeSpan limit, CancellationToken stop)
    {
        CompleteWhenEnough();
        return _enough.Task.WaitAsync(limit, _time, stop);
    }

    /// <summary>Publishes the lines of a source until it ends.</summary>
    public async Task PublishAsync(Stream source, CancellationToken stop)
    {
        await foreach (IReadOnlyList<ReadOnlyMemory<byte>> lines in LineSource.ReadAsync(source, stop).ConfigureAwait(false))
            await PublishAsync(lines, stop).ConfigureAwait(false);
    }

    public async Task PublishAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken stop)
    {
        PublishReport report = await _channels.PublishManyAsync(_name, lines, new() { OnFailure = OnFailure.Collect }, stop).ConfigureAwait(false);
        _messages += lines.Count;
        _deliveries += (long)report.Delivered * lines.Count;
        if (report.IsEmpty)
            _unheard += lines.Count;
        foreach (PublishError error in report.Errors)
        {
            _failures += lines.Count;
            _output.Result(
                new PublishFailedLine(_name.ToString(), error.Peer.ToString(), lines.Count, error.Message),
                $"lost   {lines.Count} messages for {error.Peer}: {error.Message}");
        }
    }

    /// <summary>Lists who is on, now and whenever that or a figure has changed, until it is cancelled.</summary>
    public async Task ListAsync(TimeSpan interval, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                List();
        }
        catch (OperationCanceledException)
        {
            // The channel closes.
        }
    }

    /// <summary>The last word: what was published, to whom. No event is reported after it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reading.CancelAsync().ConfigureAwait(false);
        await _reporting.ConfigureAwait(false);
        _reading.Dispose();
        string unheard = _unheard > 0 ? $", {Figures.Count(_unheard)} with nobody on" : "";
        string failed = _failures > 0 ? $", {Figures.Count(_failures)} deliveries failed" : "";
        _output.Result(
            new PublishedLine(_name.ToString(), _messages, _deliveries, _unheard, _failures),
            $"sent   {Figures.Count(_messages)} messages on {_name}, {Figures.Count(_deliveries)} deliveries{unheard}{failed}");
    }

    public bool HasFailures => _failures > 0;

    private void List()
    {
        IReadOnlyList<NodeId> on = _channels.Subscribers(_name);
        var line = new ChannelLine(_name.ToString(), on.Count, [.. on.Take(MaxListed).Select(node => node.ToString())], _messages, _deliveries);
        if (_lastListed is { } last && last.Messages == line.Messages && last.Deliveries == line.Deliveries && last.NodeIds.SequenceEqual(line.NodeIds))
            return;
        _lastListed = line;
        string names = on.Count == 0 ? "" : $" ({string.Join(", ", line.NodeIds.Take(MaxShown))}{(on.Count > MaxShown ? ", …" : "")})";
        _output.Result(line, $"on     {_name}: {on.Count}{names}; {Figures.Count(_messages)} messages, {Figures.Count(_deliveries)} deliveries");
    }

    private async Task ReportAsync()
    {
        try
        {
            await foreach (SubscriberEvent happened in _events.ConfigureAwait(false))
            {
                int on = _channels.Subscribers(_name).Count;
                string? reason = happened.Reason is { } why ? Word(why) : null;
                string word = happened.Change.ToString().ToLowerInvariant();
                string because = happened.Detail is { } detail ? $" ({detail})" : "";
                _output.Result(
                    new SubscriberLine(word, happened.Subscriber.ToString(), happened.Channel.ToString(), reason, happened.Detail, on),
                    $"sub    {happened.Subscriber} {word} {happened.Channel}{(reason is null ? "" : $": {reason}")}{because}, {on} on");
                CompleteWhenEnough();
            }
        }
        catch (OperationCanceledException)
        {
            // The channel closes.
        }
    }

    private void CompleteWhenEnough()
    {
        if (_channels.Subscribers(_name).Count >= _wanted)
            _enough.TrySetResult();
    }

    public static string Word(AckReason reason) => reason switch
    {
        AckReason.Unauthorized => "unauthorized",
        AckReason.UnknownChannel => "unknown_channel",
        AckReason.RateLimited => "rate_limited",
        AckReason.TooManyChannels => "too_many_channels",
        _ => $"reason_{(byte)reason}",
    };
}
