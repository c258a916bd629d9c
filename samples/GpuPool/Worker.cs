using Net.Mesh;
using Net.Mesh.Capabilities;
using Net.Mesh.Channels;

namespace GpuPool;

/// <summary>A node with a GPU: announces it to its tenant, publishes its load, and decides who may read that.</summary>
internal static class Worker
{
    private const int PublishesAfterRevocation = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static async Task<int> RunAsync(Machine machine, MeshTicket hub)
    {
        await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Pool.Key()).WithCapabilities().WithChannels().BuildAsync();
        node.Channels.Register(new ChannelConfig(Pool.Load) { RequireToken = true, Reliable = true }); // tokens of this node count
        Task watching = TellRefusalsAsync(node.Channels.WatchSubscribersAsync());

        await node.Peers.ConnectAsync(hub);
        await node.Capabilities.AnnounceAsync(new CapabilitySet()
            .WithHardware(h => h.Gpu(GpuVendor.Nvidia, machine.Gpu, machine.VramGb))
            .WithMetadata("name", machine.Name)
            .WithMetadata("ticket", node.Ticket.ToString()) // how to reach the node; a ticket holds no secret
            .WithTenantScope(machine.Tenant));
        Pool.Say("ready", node.NodeId);

        await PublishAsync(node);
        await node.DisposeAsync(); // ends the watching
        await watching;
        return 0;
    }

    // Publishes its load, and does what it is told between two publishes, until its input ends.
    private static async Task PublishAsync(MeshNode node)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        Task<string?> command = input.ReadLineAsync();
        PermissionToken? token = null;
        bool isRevoked = false;
        int number = 0, delivered = 0, last = 0, after = 0, deliveredAfter = 0;
        while (true)
        {
            number++;
            PublishReport report = await node.Channels.PublishAsync(Pool.Load, System.Text.Encoding.UTF8.GetBytes($"{number}"));
            if (report.Delivered > 0)
                (delivered, last) = (delivered + 1, number);
            if (isRevoked)
                deliveredAfter += report.Attempted;
            if (isRevoked && ++after == PublishesAfterRevocation)
                Pool.Say("silenced", $"{delivered} {last} {after} {deliveredAfter}");

            await Task.WhenAny(command, Task.Delay(Pause));
            if (!command.IsCompleted)
                continue;
            switch ((await command)?.Split(' '))
            {
                case null:
                    return;
                case ["grant", var subject]:
                    token = node.Identity.IssueToken(EntityId.Parse(subject), TokenScope.Subscribe, Pool.Load, TimeSpan.FromMinutes(5));
                    Pool.Say("token", Convert.ToBase64String(token.AsSpan()));
                    break;
                case ["revoke"]:
                    node.Identity.Revoke(token!); // counts from the next publish on
                    isRevoked = true;
                    break;
            }
            command = input.ReadLineAsync();
        }
    }

    private static async Task TellRefusalsAsync(IAsyncEnumerable<SubscriberEvent> events)
    {
        await foreach (SubscriberEvent happened in events)
        {
            if (happened.Change == SubscriberChange.Refused)
                Pool.Say("refused", $"{happened.Reason}: {happened.Detail}"); // the detail stays with the owner
        }
    }
}
