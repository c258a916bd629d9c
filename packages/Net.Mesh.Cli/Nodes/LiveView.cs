using Net.Mesh.Cli.Terminal;
using Net.Mesh.Node;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Net.Mesh.Cli.Nodes;

/// <summary>A running node on a terminal: peers, routes and traffic, renewed twice a second.</summary>
internal sealed class LiveView(CliNode node, TimeProvider time)
{
    private const int MaxRows = 12;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private TrafficLine _last = PeerLines.Traffic(node.Node.Statistics);

    /// <summary>Runs until it is cancelled.</summary>
    public Task RunAsync(CancellationToken stop) => AnsiConsole.Live(Render()).StartAsync(async view =>
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
                view.UpdateTarget(Render());
        }
        catch (OperationCanceledException)
        {
            // The node stops; the last picture stays.
        }
    });

    private Rows Render() => new(Peers(), Routes(), Traffic());

    private Table Peers()
    {
        Table table = NewTable("peer", "status", "path", "security", "streams");
        IReadOnlyList<Peer> peers = node.Node.Peers.All;
        foreach (Peer peer in peers.Take(MaxRows))
            Add(table, peer.NodeId, peer.Status, PeerLines.Path(peer), peer.Security, peer.StreamCount);
        return WithRest(table, peers.Count, "no peer yet: hand out the ticket, or give --peer");
    }

    private Table Routes()
    {
        Table table = NewTable("route to", "next hop", "metric", "confirmed");
        IReadOnlyList<RouteEntry> routes = node.Node.Routes.Snapshot();
        foreach (RouteEntry route in routes.Take(MaxRows))
            Add(table, route.Destination, route.NextHop, route.Metric, $"{Figures.Seconds(route.Age)} ago");
        return WithRest(table, routes.Count, "no route yet");
    }

    private Table Traffic()
    {
        TrafficLine now = PeerLines.Traffic(node.Node.Statistics);
        Table table = NewTable("traffic", "packets", "bytes", "now");
        Add(table, "received", Figures.Count(now.PacketsReceived), Figures.Bytes(now.BytesReceived), Figures.Rate(now.BytesReceived - _last.BytesReceived, Interval));
        Add(table, "sent", Figures.Count(now.PacketsSent), Figures.Bytes(now.BytesSent), Figures.Rate(now.BytesSent - _last.BytesSent, Interval));
        Add(table, "forwarded", Figures.Count(now.PacketsForwarded), Figures.Bytes(now.BytesForwarded), Figures.Rate(now.BytesForwarded - _last.BytesForwarded, Interval));
        Add(table, "dropped", Figures.Count(now.Dropped), "", "");
        _last = now;
        return table;
    }

    private static Table NewTable(params string[] columns)
    {
        Table table = new Table().Border(TableBorder.Rounded).Expand();
        foreach (string column in columns)
            table.AddColumn(column);
        return table;
    }

    private static void Add(Table table, params object[] cells) =>
        table.AddRow(cells.Select(cell => (IRenderable)new Text(cell.ToString() ?? "")));

    private static Table WithRest(Table table, int count, string none)
    {
        string? caption = count == 0 ? none : count > MaxRows ? $"and {count - MaxRows} more" : null;
        return caption is null ? table : table.Caption(caption);
    }
}
