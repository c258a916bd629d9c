using System.Globalization;
using GpuPool;
using Net.Mesh;

// Five nodes in five processes: a hub, a scheduler, and three machines with GPUs that belong to two tenants. The scheduler finds
// a machine by what it can do, follows its load with a token of its owner, and loses it when the owner revokes the token.
const string Help = """
    GpuPool [N]    starts the five nodes as copies of itself and tells what happens; the scheduler looks for a GPU with N GiB
                   of memory or more (default 16). Exit status: 0 all of it held, 1 not, 2 wrong usage.

    By hand, on five terminals with the same GPU_POOL_PSK:
      GpuPool hub                                  prints the hub's ticket
      GpuPool scheduler acme umbra N HUB-TICKET    prints its entity id; reads "token TOKEN" and "until NUMBER"
      GpuPool worker anna|bert|carl HUB-TICKET     reads "grant ENTITY" and "revoke"
    """;
string given = args.Length == 1 ? args[0] : "16";

switch (args)
{
    case ["--help" or "-h"]:
        Console.WriteLine(Help);
        return 0;
    case ["hub"]:
        return await Hub.RunAsync();
    case ["worker", var name, var hub] when Pool.Fleet.SingleOrDefault(machine => machine.Name == name) is { } machine:
        return await Worker.RunAsync(machine, MeshTicket.Parse(hub));
    case ["scheduler", var tenant, var otherTenant, var least, var hub]:
        return await Scheduler.RunAsync(tenant, otherTenant, uint.Parse(least, CultureInfo.InvariantCulture), MeshTicket.Parse(hub));
    case [] or [_] when uint.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out uint minVramGb) && minVramGb > 0:
        return await Story.RunAsync(minVramGb);
    default:
        Console.Error.WriteLine(Help);
        return 2;
}
