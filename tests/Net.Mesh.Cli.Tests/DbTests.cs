using System.Globalization;
using System.Text.Json;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Tests;

/// <summary>Databases from outside.</summary>
public sealed class DbTests : IDisposable
{
    private readonly LogFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Tasks_are_added_renamed_done_listed_and_removed()
    {
        JsonElement first = await OneAsync("db", "tasks", "add", "write docs");
        JsonElement seventh = await OneAsync("db", "tasks", "add", "ship it", "--id", "7", "--origin", "0xabcd");
        JsonElement eighth = await OneAsync("db", "tasks", "add", "celebrate");
        JsonElement renamed = await OneAsync("db", "tasks", "rename", "7", "ship all of it");
        JsonElement done = await OneAsync("db", "tasks", "done", "1");
        JsonElement removed = await OneAsync("db", "tasks", "rm", "8");

        NetmeshResult all = await _folder.RunAsync("db", "tasks", "list");
        JsonElement[] pending = await ManyAsync("db", "tasks", "list", "--status", "pending");
        JsonElement[] containing = await ManyAsync("db", "tasks", "list", "--contains", "DOCS");
        JsonElement[] newest = await ManyAsync("db", "tasks", "list", "--order", "updated-desc", "--limit", "1");

        Assert.Equal([1, 7, 8], new[] { first, seventh, eighth }.Select(IdOf));
        Assert.Equal(("changed", "ship all of it", "pending"), (Word(renamed, "change"), Word(renamed, "title"), Word(renamed, "status")));
        Assert.Equal(("changed", "done"), (Word(done, "change"), Word(done, "status")));
        Assert.Equal(("removed", 8), (Word(removed, "change"), IdOf(removed)));
        Assert.Equal((0, "     1  done     write docs\n     7  pending  ship all of it\n"), (all.ExitCode, all.Output));
        Assert.Equal(7, IdOf(Assert.Single(pending)));
        Assert.Equal(1, IdOf(Assert.Single(containing)));
        Assert.Equal(1, IdOf(Assert.Single(newest)));
    }

    [Fact]
    public async Task Memories_are_stored_tagged_pinned_listed_and_removed()
    {
        await OneAsync("db", "memories", "store", "the budget is 40 k", "--tag", "meeting", "--tag", "money", "--source", "minutes");
        await OneAsync("db", "memories", "store", "lunch at noon", "--tag", "meeting");
        JsonElement again = await OneAsync("db", "memories", "store", "lunch at one", "--id", "2");
        JsonElement retagged = await OneAsync("db", "memories", "retag", "2", "food", "daily");
        JsonElement pinned = await OneAsync("db", "memories", "pin", "1");

        NetmeshResult all = await _folder.RunAsync("db", "memories", "list");
        JsonElement[] both = await ManyAsync("db", "memories", "list", "--tag", "meeting", "--tag", "money");
        JsonElement[] any = await ManyAsync("db", "memories", "list", "--any-tag", "food", "--any-tag", "money", "--order", "id-desc");
        JsonElement[] isPinned = await ManyAsync("db", "memories", "list", "--pinned", "--source", "minutes");
        JsonElement[] isUnpinned = await ManyAsync("db", "memories", "list", "--unpinned", "--contains", "LUNCH");
        JsonElement unpinned = await OneAsync("db", "memories", "unpin", "1");
        JsonElement removed = await OneAsync("db", "memories", "rm", "2");
        JsonElement[] left = await ManyAsync("db", "memories", "list", "--limit", "5");

        Assert.Equal(("changed", "lunch at one"), (Word(again, "change"), Word(again, "content")));
        Assert.Equal(["food", "daily"], retagged.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal((true, false), (pinned.GetProperty("pinned").GetBoolean(), unpinned.GetProperty("pinned").GetBoolean()));
        Assert.Equal("     1  pinned  the budget is 40 k  [meeting, money] minutes\n     2          lunch at one  [food, daily] netmesh\n", all.Output);
        Assert.Equal(1, IdOf(Assert.Single(both)));
        Assert.Equal([2, 1], any.Select(IdOf));
        Assert.Equal(1, IdOf(Assert.Single(isPinned)));
        Assert.Equal(2, IdOf(Assert.Single(isUnpinned)));
        Assert.Equal("removed", Word(removed, "change"));
        Assert.Equal(1, IdOf(Assert.Single(left)));
    }

    [Fact]
    public async Task A_database_that_is_open_elsewhere_is_listed_and_watched_and_not_written()
    {
        await using var redex = new Redex(new() { PersistentDirectory = _folder.Logs });
        await using NetDb db = await NetDb.CreateBuilder(redex).WithOrigin(5).WithTasks().Persistent().BuildAsync(TestContext.Current.CancellationToken);
        await db.Tasks.CreateAsync(1, "first", cancellationToken: TestContext.Current.CancellationToken);

        JsonElement listed = Assert.Single(await ManyAsync("db", "tasks", "list"));
        NetmeshResult write = await _folder.RunAsync("db", "tasks", "done", "1");
        await using Netmesh watch = _folder.Start("db", "tasks", "watch", "--status", "pending", "--json");
        JsonElement before = await watch.EventAsync("task");
        await db.Tasks.CreateAsync(2, "second", cancellationToken: TestContext.Current.CancellationToken);
        await watch.EventAsync("task", line => Word(line, "change") == "added" && IdOf(line) == 2);
        await db.Tasks.RenameAsync(2, "second thoughts", cancellationToken: TestContext.Current.CancellationToken);
        await watch.EventAsync("task", line => Word(line, "change") == "changed" && Word(line, "title") == "second thoughts");
        await db.Tasks.CompleteAsync(1, cancellationToken: TestContext.Current.CancellationToken);
        await watch.EventAsync("task", line => Word(line, "change") == "removed" && IdOf(line) == 1);
        await watch.SignalAsync();
        NetmeshResult watched = await watch.WaitAsync();

        Assert.Equal(("listed", 1), (Word(listed, "change"), IdOf(listed)));
        Assert.Equal(("listed", 1), (Word(before, "change"), IdOf(before)));
        Assert.Equal((1, ""), (write.ExitCode, write.Output));
        if (OperatingSystem.IsLinux())
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"is open in process {Environment.ProcessId} ("), write.Error, StringComparison.Ordinal);
        Assert.Equal(0, watched.ExitCode);
    }

    [Fact]
    public async Task A_watch_waits_for_a_database_and_ends_when_nobody_reads()
    {
        await using Netmesh watch = _folder.Start("db", "memories", "watch");
        await watch.LineAsync(line => line == "wait   cortex/memories is not there yet");
        await OneAsync("db", "memories", "store", "now", "--tag", "a");
        await watch.LineAsync(line => line == "added        1          now  [a] netmesh");
        await using Netmesh head = Netmesh.StartWithHead("db", "memories", "watch", "--dir", _folder.Logs);

        NetmeshResult result = await head.WaitAsync();

        Assert.Equal((0, "     1          now  [a] netmesh\n", ""), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public async Task What_is_not_there_is_not_changed_and_what_is_there_is_not_added_again()
    {
        NetmeshResult nothing = await _folder.RunAsync("db", "tasks", "done", "1");
        Directory.CreateDirectory(_folder.Logs);
        NetmeshResult noDatabase = await _folder.RunAsync("db", "tasks", "done", "1");
        NetmeshResult noList = await _folder.RunAsync("db", "memories", "list");
        bool isMade = Directory.EnumerateFileSystemEntries(_folder.Logs).Any();
        await OneAsync("db", "tasks", "add", "one");
        NetmeshResult noTask = await _folder.RunAsync("db", "tasks", "rm", "2", "--json");
        NetmeshResult twice = await _folder.RunAsync("db", "tasks", "add", "two", "--id", "1", "--json");

        Assert.Equal((1, 1, 1, 1, 1), (nothing.ExitCode, noDatabase.ExitCode, noList.ExitCode, noTask.ExitCode, twice.ExitCode));
        Assert.Contains("there is no log cortex/tasks in ", noDatabase.Error, StringComparison.Ordinal);
        Assert.False(isMade);
        Assert.Equal("not-found", Word(Assert.Single(NetmeshResult.Parse(noTask.Error)), "kind"));
        Assert.Equal("exists", Word(Assert.Single(NetmeshResult.Parse(twice.Error)), "kind"));
        Assert.Equal("one", Word(Assert.Single(await ManyAsync("db", "tasks", "list")), "title"));
    }

    [Fact]
    public async Task Control_characters_of_a_title_do_not_reach_the_terminal()
    {
        await OneAsync("db", "tasks", "add", "a\e[2Jb");

        NetmeshResult list = await _folder.RunAsync("db", "tasks", "list");

        Assert.Equal("     1  pending  a·[2Jb\n", list.Output);
    }

    private async Task<JsonElement[]> ManyAsync(params string[] arguments)
    {
        NetmeshResult result = await _folder.RunAsync([.. arguments, "--json"]);
        Assert.True(result.ExitCode == 0, result.Error);
        return [.. NetmeshResult.Parse(result.Output)];
    }

    private async Task<JsonElement> OneAsync(params string[] arguments) => Assert.Single(await ManyAsync(arguments));

    private static int IdOf(JsonElement line) => line.GetProperty("id").GetInt32();

    private static string Word(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
