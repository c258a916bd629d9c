using Net.Mesh;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;

namespace GpuPool;

/// <summary>Looks for a GPU of its tenant, and follows that node's load.</summary>
internal static class Scheduler
{
    private const int FirstDeliveries = 5;

    public static async Task<int> RunAsync(string tenant, string otherTenant, uint minVramGb, MeshTicket hub)
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Pool.Key()).WithCapabilities().WithChannels().BuildAsync();
        using var input = new StreamReader(Console.OpenStandardInput());
        await node.Peers.ConnectAsync(hub);
        Pool.Say("entity", node.Identity.EntityId);
        await KnowsAllAsync(node.Capabilities);

        IReadOnlyList<CapabilitySet> fitting = Find(node.Capabilities, tenant, minVramGb);
        IReadOnlyList<CapabilitySet> strangers = Find(node.Capabilities, otherTenant, minVramGb: 1);
        Pool.Say("found", string.Join(' ', fitting.Select(NameOf)));
        Pool.Say("strangers", string.Join(' ', strangers.Select(NameOf)));
        if (fitting.Count == 0)
            return 0;

        // A scope narrows what is found; what keeps others out is the token.
        Peer stranger = await node.Peers.ConnectAsync(TicketOf(strangers[0]));
        Pool.Say("stranger", await SubscribeInVainAsync(node, stranger.NodeId, token: null));

        Peer owner = await node.Peers.ConnectAsync(TicketOf(fitting[0]));
        Pool.Say("chosen", NameOf(fitting[0]));
        PermissionToken token = PermissionToken.Parse(Convert.FromBase64String(await ToldAsync(input, "token")));
        (int received, string last, bool isSilent) = await FollowAsync(node, owner.NodeId, token, input);
        Pool.Say("received", $"{received} {last} {isSilent}");
        Pool.Say("again", await SubscribeInVainAsync(node, owner.NodeId, token));
        await input.ReadLineAsync(); // until the input ends
        return 0;
    }

    // Of the nodes that the tenant's scope shows, those for which the predicate is true, the smallest first.
    private static IReadOnlyList<CapabilitySet> Find(MeshCapabilities known, string tenant, uint minVramGb)
    {
        Predicate wanted = Predicate.And(Predicate.Exists("hardware.gpu"), Predicate.AtLeast("hardware.gpu.vram_gb", minVramGb));
        return
        [
            .. known.FindNodes(CapabilityFilter.Any, ScopeFilter.Tenant(tenant))
                .Select(known.Get)
                .OfType<CapabilitySet>()
                .Where(wanted.Evaluate)
                .OrderBy(caps => caps.Views.Hardware.TotalVramGb),
        ];
    }

    private static async Task<(int Received, string Last, bool IsSilent)> FollowAsync(MeshNode node, NodeId owner, PermissionToken token, StreamReader input)
    {
        await using ChannelSubscription load = await node.Channels.SubscribeAsync(owner, Pool.Load, new() { Token = token });
        IAsyncEnumerator<ChannelMessage> messages = load.ReadAllAsync().GetAsyncEnumerator();
        int received = 0;
        string last = "", end = "";
        while (received < FirstDeliveries || last != end)
        {
            await messages.MoveNextAsync();
            received++;
            last = messages.Current.GetString();
            if (received != FirstDeliveries)
                continue;
            Pool.Say("delivered", last);
            end = await ToldAsync(input, "until"); // meanwhile the owner revokes the token, and says what it delivered last
        }
        Task<bool> more = messages.MoveNextAsync().AsTask();
        bool isSilent = !more.IsCompleted;
        await load.DisposeAsync();
        isSilent &= !await more; // the end of the subscription, and no message
        await messages.DisposeAsync();
        return (received, last, isSilent);
    }

    private static async Task<string> SubscribeInVainAsync(MeshNode node, NodeId publisher, PermissionToken? token)
    {
        try
        {
            await using ChannelSubscription _ = await node.Channels.SubscribeAsync(publisher, Pool.Load, new() { Token = token });
            return "subscribed";
        }
        catch (ChannelRejectedException refused)
        {
            return $"refused, {refused.Reason}";
        }
    }

    private static async Task KnowsAllAsync(MeshCapabilities known)
    {
        var names = new HashSet<NodeId>();
        await foreach (NodeChange change in known.WatchAsync(new CapabilityFilter().RequireGpu()))
        {
            if (names.Add(change.Node) && names.Count == Pool.Fleet.Length)
                return;
        }
    }

    private static async Task<string> ToldAsync(StreamReader input, string word)
    {
        string line = await input.ReadLineAsync() ?? throw new InvalidOperationException($"Nobody told \"{word}\".");
        return line[(word.Length + 1)..];
    }

    private static string NameOf(CapabilitySet caps) => caps.Metadata["name"];

    private static MeshTicket TicketOf(CapabilitySet caps) => MeshTicket.Parse(caps.Metadata["ticket"]);
}
