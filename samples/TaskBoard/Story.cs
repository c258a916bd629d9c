using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Net.Mesh.Cortex;

namespace TaskBoard;

/// <summary>Gives tasks to three boards, kills the one that leads in the middle of it, brings it back, and compares.</summary>
internal static class Story
{
    private const int EachAtFirst = 20, BeforeTheKill = 10, AfterTheKill = 20, EachWithoutIt = 10;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50), Settling = TimeSpan.FromSeconds(20), GoesOnWithin = TimeSpan.FromSeconds(15), Patience = TimeSpan.FromSeconds(90);
    private static readonly List<(string What, string Seen, bool IsRight)> Checks = [];
    private static int _added, _held;

    public static async Task<int> RunAsync()
    {
        Environment.SetEnvironmentVariable(Board.KeyVariable, Convert.ToHexString(RandomNumberGenerator.GetBytes(32))); // children inherit it
        string directory = Directory.CreateTempSubdirectory("task-board-").FullName;
        var boards = new List<Child>();
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await RunAsync(directory, boards, patience.Token);
        }
        catch (OperationCanceledException)
        {
            Check("the story's end", $"not within {Patience.TotalSeconds} s", isRight: false);
        }
        finally
        {
            foreach (Child board in boards)
                board.Dispose();
            Directory.Delete(directory, recursive: true);
        }
        return Judge();
    }

    private static async Task RunAsync(string directory, List<Child> boards, CancellationToken limit)
    {
        boards.Add(await Child.StartAsync("A", limit, "serve", Path.Combine(directory, "A")));
        foreach (string name in (string[])["B", "C"])
            boards.Add(await Child.StartAsync(name, limit, "join", boards[0].Ticket, Path.Combine(directory, name)));
        Child leader = await LeaderOfAsync(boards, limit);
        Tell($"A, B and C (processes {string.Join(", ", boards.Select(board => board.Id))}) found one another by A's ticket. {leader.Name} leads.");

        string[] firstIds = await Task.WhenAll(boards.Select(board => AddAsync(board, EachAtFirst, limit)));
        await CheckSameAsync("tasks on A, B and C", boards, limit);
        (Child one, Child other) = boards.Where(board => board != leader).ToArray() is [var x, var y] ? (x, y) : throw new UnreachableException();
        foreach (string id in firstIds)
        {
            one.Tell($"done {id}");
            await one.HearAsync("done", limit);
        }
        await CheckSameAsync("tasks, one of each board's done", boards, limit, done: firstIds.Length);
        Tell($"{EachAtFirst} tasks were added at each. Those that do not lead had {leader.Name} write them, and show them from their own copies.");

        TimeSpan gap = await KillDuringAsync(leader, one, limit);
        Child next = await LeaderOfAsync([one, other], limit);
        Tell($"{leader.Name} was killed while {BeforeTheKill + AfterTheKill} tasks were added at {one.Name}. {next.Name} leads now; {one.Name} had its next task acknowledged {Milliseconds(gap)} after the kill.");
        Check("goes on without its leader", gap < GoesOnWithin ? "yes" : Milliseconds(gap), gap < GoesOnWithin);
        await Task.WhenAll(AddAsync(one, EachWithoutIt, limit), AddAsync(other, EachWithoutIt, limit));
        await CheckSameAsync("tasks on the two that are left", [one, other], limit, firstIds.Length);

        Child back = await Child.StartAsync(leader.Name, limit, "join", next.Ticket, Path.Combine(directory, leader.Name));
        boards[boards.IndexOf(leader)] = back;
        leader.Dispose();
        await LeaderOfAsync(boards, limit);
        await CheckSameAsync($"tasks on all three when {back.Name} is back", boards, limit, firstIds.Length);
        await AddAsync(back, 1, limit);
        await CheckSameAsync($"tasks when one was added at {back.Name}", boards, limit, firstIds.Length);
        Tell($"{back.Name} came back with what it has on disk (process {back.Id}), caught up, and had a task added.");

        Check("acknowledged as held by a majority", $"{_held} of {_added}", _held == _added);
        bool[] ended = await Task.WhenAll(boards.Select(board => board.StopAsync(limit)));
        Check("boards that ended well", $"{ended.Count(isWell => isWell)} of {boards.Count}", ended.All(isWell => isWell));
    }

    // One task is on its way when the leader dies: it is made once, by this leader or the next.
    private static async Task<TimeSpan> KillDuringAsync(Child leader, Child board, CancellationToken limit)
    {
        await AddAsync(board, BeforeTheKill, limit);
        Task<string> onItsWay = AddAsync(board, 1, limit);
        await leader.KillAsync(limit);
        long killed = Stopwatch.GetTimestamp();
        await onItsWay;
        await AddAsync(board, 1, limit);
        TimeSpan gap = Stopwatch.GetElapsedTime(killed);
        await AddAsync(board, AfterTheKill - 2, limit);
        return gap;
    }

    /// <summary>Has tasks added and acknowledged; the id of the first.</summary>
    private static async Task<string> AddAsync(Child board, int count, CancellationToken limit)
    {
        for (int number = 1; number <= count; number++)
            board.Tell(string.Create(CultureInfo.InvariantCulture, $"task {number} of {count} at {board.Name}"));
        string first = "";
        for (int number = 1; number <= count; number++)
        {
            string[] said = (await board.HearAsync("added", limit)).Split(' ', 2);
            first = number == 1 ? said[0] : first;
            Interlocked.Increment(ref _added);
            if (said[1] == "held")
                Interlocked.Increment(ref _held);
        }
        return first;
    }

    /// <summary>The one that leads, when all of these boards know of one another and of it.</summary>
    private static async Task<Child> LeaderOfAsync(List<Child> boards, CancellationToken limit)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            Standing[] seen = await Task.WhenAll(boards.Select(board => board.StandingAsync(limit)));
            if (seen.Count(board => board.Role == ReplicaRole.Leader) == 1 && seen.All(board => board.Leader == seen[0].Leader && board.Leader != "nobody" && board.Members >= boards.Count))
                return boards[Array.FindIndex(seen, board => board.Role == ReplicaRole.Leader)];
            if (Stopwatch.GetElapsedTime(start) > Settling)
                throw new InvalidOperationException($"The boards do not agree on a leader. They say: {string.Join("; ", seen.AsEnumerable())}.");
            await Task.Delay(Look, limit);
        }
    }

    /// <summary>Every task that was acknowledged is on these boards, and they show the same.</summary>
    private static async Task CheckSameAsync(string what, List<Child> boards, CancellationToken limit, int done = 0)
    {
        long start = Stopwatch.GetTimestamp();
        Standing[] seen;
        bool isRight;
        do
        {
            seen = await Task.WhenAll(boards.Select(board => board.StandingAsync(limit)));
            isRight = seen.All(board => board.Tasks == _added && board.Done == done && board.Digest == seen[0].Digest);
            await Task.Delay(Look, limit);
        }
        while (!isRight && Stopwatch.GetElapsedTime(start) < Settling);
        Check(what, isRight ? $"{_added}" : $"{string.Join(", ", seen.Select(board => board.Tasks))}, not {_added} alike", isRight);
    }

    private static void Check(string what, string seen, bool isRight) => Checks.Add((what, seen, isRight));

    private static void Tell(string line) => Console.WriteLine(line);

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");

    private static int Judge()
    {
        Console.WriteLine();
        foreach ((string what, string seen, bool isRight) in Checks)
            Console.WriteLine($"{(isRight ? "ok   " : "WRONG")}  {what,-42}  {seen}");
        bool isAllRight = Checks.All(check => check.IsRight);
        Console.WriteLine();
        Console.WriteLine(isAllRight ? "all of it held" : "SOMETHING IS WRONG");
        return isAllRight ? 0 : 1;
    }
}
