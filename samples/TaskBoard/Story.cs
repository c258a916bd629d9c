using System.Globalization;

namespace TaskBoard;

/// <summary>Gives a board tasks, kills it, gives another board the rest, and compares.</summary>
internal static class Story
{
    private const int FirstTasks = 200;
    private const int MoreTasks = 50;

    private static readonly List<(string What, string Seen, bool IsRight)> Checks = [];

    public static async Task<int> RunAsync()
    {
        string directory = Directory.CreateTempSubdirectory("task-board-").FullName;
        try
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            CancellationToken limit = patience.Token;
            using (var first = new Child("the first board", "board", directory))
            {
                Check("tasks on a new board", await first.HearAsync("board", limit), "0 0 -");
                Console.WriteLine($"The first board (process {first.Id}) keeps its log in {directory}.");
                for (int number = 1; number <= FirstTasks; number++)
                    first.Tell(string.Create(CultureInfo.InvariantCulture, $"task {number}"));
                for (int number = 1; number <= FirstTasks; number++)
                    await HearAsync(first, "added", limit);
                first.Tell("done 1");
                await HearAsync(first, "done", limit);
                first.Tell("rm 2");
                await HearAsync(first, "removed", limit);
                await first.KillAsync(limit);
                Console.WriteLine($"It has said that {FirstTasks} tasks are there, one of them done, and that one is removed; then it is killed.");
            }
            using (var second = new Child("the second board", "board", directory))
            {
                string expected = string.Create(CultureInfo.InvariantCulture, $"{FirstTasks - 1} 1 task {FirstTasks}");
                string seen = await second.HearAsync("board", limit);
                Check("tasks, done ones and the last, after the kill", seen, expected);
                Console.WriteLine($"The second board (process {second.Id}) opens the same log and shows \"{seen}\".");
                for (int number = 1; number <= MoreTasks; number++)
                    second.Tell(string.Create(CultureInfo.InvariantCulture, $"later task {number}"));
                string last = "";
                for (int number = 1; number <= MoreTasks; number++)
                    last = await HearAsync(second, "added", limit);
                Check("the id of the last task", last, (FirstTasks + MoreTasks).ToString(CultureInfo.InvariantCulture));
                Check("a board whose input ends, ends well", $"{await second.StopAsync(limit)}", $"{true}");
            }
            return Judge();
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // The table's changes come in between, and several at once when they come fast.
    private static async Task<string> HearAsync(Child board, string word, CancellationToken limit)
    {
        while (true)
        {
            string line = await board.ReadLineAsync(limit);
            if (line.StartsWith(word + " ", StringComparison.Ordinal))
                return line[(word.Length + 1)..];
            if (!line.StartsWith("table ", StringComparison.Ordinal))
                throw new InvalidOperationException($"{board.Name} should say \"{word}\" and said \"{line}\".");
        }
    }

    private static void Check(string what, string seen, string expected) => Checks.Add((what, seen == expected ? seen : $"{seen}, not {expected}", seen == expected));

    private static int Judge()
    {
        Console.WriteLine();
        foreach ((string what, string seen, bool isRight) in Checks)
            Console.WriteLine($"{(isRight ? "ok   " : "WRONG")}  {what,-46}  {seen}");
        bool isAllRight = Checks.All(check => check.IsRight);
        Console.WriteLine();
        Console.WriteLine(isAllRight ? "all of it held" : "SOMETHING IS WRONG");
        return isAllRight ? 0 : 1;
    }
}
