using System.Globalization;
using System.Security.Cryptography;

namespace GpuPool;

/// <summary>Starts the five nodes, carries tokens between them as their owners would, and judges what each of them saw.</summary>
internal static class Story
{
    private const string Tenant = "acme";
    private const string OtherTenant = "umbra";

    private static readonly List<(string What, string Seen, bool IsRight)> Checks = [];

    public static async Task<int> RunAsync(uint minVramGb)
    {
        Environment.SetEnvironmentVariable(Pool.KeyVariable, Convert.ToHexString(RandomNumberGenerator.GetBytes(32))); // children inherit it
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        CancellationToken limit = patience.Token;
        var nodes = new List<Child>();
        try
        {
            Child hub = Start(nodes, "hub", "hub");
            string ticket = await hub.HearAsync("ticket", limit);
            Child scheduler = Start(nodes, "scheduler", "scheduler", Tenant, OtherTenant, Text(minVramGb), ticket);
            string entity = await scheduler.HearAsync("entity", limit);
            Tell($"The scheduler of {Tenant} joins the mesh at the hub. It is {entity[..8]}….");
            foreach (Machine machine in Pool.Fleet)
            {
                string id = await Start(nodes, machine.Name, "worker", machine.Name, ticket).HearAsync("ready", limit);
                Tell($"{machine.Name} of {machine.Tenant} joins and announces {machine.VramGb} GiB (NVIDIA {machine.Gpu}). It is {id}.");
            }
            await FindAsync(nodes, scheduler, minVramGb, entity, limit);
            await StopAsync(nodes, limit);
        }
        catch (Exception problem) when (problem is InvalidOperationException or OperationCanceledException)
        {
            Console.Error.WriteLine(limit.IsCancellationRequested ? "GpuPool: the story is not over after a minute, and is ended." : $"GpuPool: {problem.Message}");
            return 1;
        }
        finally
        {
            foreach (Child node in nodes)
                node.Dispose();
        }
        return Judge();
    }

    private static async Task FindAsync(List<Child> nodes, Child scheduler, uint minVramGb, string entity, CancellationToken limit)
    {
        string found = await scheduler.HearAsync("found", limit), strangers = await scheduler.HearAsync("strangers", limit);
        Tell($"The scheduler asks its own index for a GPU with {minVramGb} GiB or more in the scope of {Tenant}: {(found.Length == 0 ? "none" : found)}.");
        Check($"found in the scope of {Tenant}, {minVramGb} GiB or more", found.Length == 0 ? "none" : found, found == Expected(Tenant, minVramGb));
        Check($"found in the scope of {OtherTenant}", strangers, strangers == Expected(OtherTenant, 1));
        Check("a node that fits", found.Length == 0 ? "no" : "yes", found.Length > 0);
        if (found.Length == 0)
            return;

        Child stranger = nodes.Single(node => node.Name == strangers);
        string refusal = await scheduler.HearAsync("stranger", limit), why = await NotedAsync(stranger, refusal, limit);
        Tell($"The scheduler knows {stranger.Name}'s ticket all the same, and subscribes without a token: {refusal}. {stranger.Name} notes: {why}.");
        Check($"{stranger.Name} without a token", refusal, refusal == "refused, Unauthorized" && why == "Unauthorized: no token");

        Child owner = nodes.Single(node => node.Name == found.Split(' ')[0]);
        await FollowAsync(owner, scheduler, entity, limit);
    }

    private static async Task FollowAsync(Child owner, Child scheduler, string entity, CancellationToken limit)
    {
        Check("chosen", await scheduler.HearAsync("chosen", limit), isRight: true);
        owner.Tell($"grant {entity}");
        string token = await owner.HearAsync("token", limit);
        Tell($"{owner.Name} signs a token for the scheduler: subscribing to {Pool.Load}, for five minutes.");
        scheduler.Tell($"token {token}");
        string fifth = await scheduler.HearAsync("delivered", limit);
        Tell($"The scheduler subscribes with it and reads {owner.Name}'s load; the fifth message it reads is number {fifth}.");

        owner.Tell("revoke");
        int[] silenced = Numbers(await owner.HearAsync("silenced", limit));
        (int delivered, int last, int after, int deliveredAfter) = (silenced[0], silenced[1], silenced[2], silenced[3]);
        Tell($"{owner.Name} revokes the token while it publishes. {delivered} messages were delivered, number {last} the last; the next {after} went to {deliveredAfter} subscribers.");
        scheduler.Tell($"until {last}");
        string[] received = (await scheduler.HearAsync("received", limit)).Split(' ');
        string again = await scheduler.HearAsync("again", limit), why = await NotedAsync(owner, again, limit);
        Tell($"The scheduler has read {received[0]} messages and nothing after number {received[1]}. It subscribes again with the token: {again}. {owner.Name} notes: {why}.");

        Check($"{owner.Name} with a token", $"{received[0]} of {delivered} messages", received[0] == Text(delivered) && delivered >= 5);
        Check("delivered after the token was revoked", Text(deliveredAfter), deliveredAfter == 0 && received[1] == Text(last) && received[2] == bool.TrueString);
        Check($"{owner.Name} with the revoked token", again, again == "refused, Unauthorized" && why == "Unauthorized: its token: revoked");
    }

    // What the owner knows of a refusal.
    private static async Task<string> NotedAsync(Child owner, string outcome, CancellationToken limit) =>
        outcome.StartsWith("refused", StringComparison.Ordinal) ? await owner.HearAsync("refused", limit) : "nothing";

    private static async Task StopAsync(List<Child> nodes, CancellationToken limit)
    {
        bool[] ended = await Task.WhenAll(nodes.Select(node => node.StopAsync(limit)));
        Check("processes that ended well", $"{ended.Count(isWell => isWell)} of {nodes.Count}", ended.All(isWell => isWell));
    }

    private static int Judge()
    {
        Console.WriteLine();
        foreach ((string what, string seen, bool isRight) in Checks)
            Console.WriteLine($"{(isRight ? "ok   " : "WRONG")}  {what,-44}  {seen}");
        bool isAllRight = Checks.All(check => check.IsRight);
        Console.WriteLine();
        Console.WriteLine(isAllRight ? "all of it held" : "SOMETHING IS WRONG");
        return isAllRight ? 0 : 1;
    }

    private static Child Start(List<Child> nodes, string name, params string[] arguments)
    {
        var node = new Child(name, arguments);
        nodes.Add(node);
        return node;
    }

    private static string Expected(string tenant, uint minVramGb) => string.Join(' ', Pool.Fleet
        .Where(machine => machine.Tenant == tenant && machine.VramGb >= minVramGb).OrderBy(machine => machine.VramGb).Select(machine => machine.Name));

    private static void Check(string what, string seen, bool isRight) => Checks.Add((what, seen, isRight));

    private static void Tell(string line) => Console.WriteLine(line);

    private static int[] Numbers(string text) => [.. text.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
