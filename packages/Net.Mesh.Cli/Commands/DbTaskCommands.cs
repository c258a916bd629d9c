using System.CommandLine;
using Net.Mesh.Cli.Databases;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>db tasks</c>.</summary>
internal static class DbTaskCommands
{
    private static readonly ChannelName Channel = CortexChannels.Tasks;

    public static Command Tasks() => new Verb("tasks", "The tasks of a database: list, watch, add, rename, done, rm.", """
        Example:
          netmesh db tasks list --status pending --order updated-desc --limit 10 --dir /var/lib/app/redex
        """) { List(), Watch(), Add(), Rename(), Done(), Remove() };

    private static Verb List()
    {
        var arguments = new RedexArguments();
        var filter = new Filter();
        var command = new Verb("list", "Lists tasks, a line each; the database may be open elsewhere.", """
            Examples:
              netmesh db tasks list --dir /var/lib/app/redex
              netmesh db tasks list --status pending --contains docs --json | jq .id
            """) { arguments.Directory };
        filter.AddTo(command);
        Run.OnInvoke(command, run => DbCommands.ListAsync(run, arguments.Read(run), Channel, db => db.Tasks.FindMany(filter.Read(run)), TaskFormat.Instance));
        return command;
    }

    private static Verb Watch()
    {
        var arguments = new RedexArguments();
        var filter = new Filter();
        var command = new Verb("watch", "Lists tasks and then every change, also of another process, until Ctrl+C.", """
            A change is "added", "changed" or "removed": what the filter takes from now on, takes otherwise, or takes no more.

            Examples:
              netmesh db tasks watch --status pending --dir /var/lib/app/redex
              netmesh db tasks watch --json | jq -r 'select(.change == "added") | .title'
            """) { arguments.Directory };
        filter.AddTo(command);
        Run.OnInvoke(command, Run.WhileRead(run => DbCommands.WatchAsync(
            run, arguments.Read(run), Channel, (db, stop) => db.Tasks.SnapshotAndWatch(filter.Read(run), stop), TaskFormat.Instance)));
        return command;
    }

    private static Verb Add()
    {
        var arguments = new RedexArguments();
        var title = new Argument<string>("TITLE") { Description = "what is to be done" };
        Option<ulong?> id = DbArguments.NewId("the task's id (default: one more than the highest)");
        Option<ulong> origin = DbArguments.Origin();
        var command = new Verb("add", "Adds a task; a database that is not there is made.", """
            Examples:
              netmesh db tasks add "write docs" --dir /var/lib/app/redex
              netmesh db tasks add "write docs" --id 7 --json
            """) { title, id, origin, arguments.Directory };
        Run.OnInvoke(command, run => DbCommands.WriteAsync(run, arguments.Read(run), Channel, run.Value(origin), mayBeNew: true, async db =>
        {
            ulong number = run.FindValue(id) ?? DbArguments.Next(db.Tasks.Query().OrderBy(TasksOrderBy.IdDescending).FirstOrDefault()?.Id);
            if (db.Tasks.FindUnique(number) is { } there)
                throw new CommandException(ExitCode.Failure, "exists", $"there is a task {number} already, \"{Printable.Text(there.Title)}\"; rename it, or choose another --id.");
            await DatabaseWriter.FoldAsync(db.Tasks, await db.Tasks.CreateAsync(number, run.Value(title), cancellationToken: run.Interrupted).ConfigureAwait(false), run.Interrupted).ConfigureAwait(false);
            TaskFormat.Instance.Tell(run.Output, RowChange.Added, db.Tasks.FindUnique(number)!);
        }));
        return command;
    }

    private static Verb Rename()
    {
        var title = new Argument<string>("TITLE") { Description = "what is to be done" };
        Verb command = Change(
            "rename", "Gives a task another title.", "netmesh db tasks rename 7 \"write better docs\" --dir /var/lib/app/redex", RowChange.Changed,
            (run, tasks, id) => tasks.RenameAsync(id, run.Value(title), cancellationToken: run.Interrupted));
        command.Add(title);
        return command;
    }

    private static Verb Done() => Change(
        "done", "Says that a task is done.", "netmesh db tasks done 7 --dir /var/lib/app/redex", RowChange.Changed,
        (run, tasks, id) => tasks.CompleteAsync(id, cancellationToken: run.Interrupted));

    private static Verb Remove() => Change(
        "rm", "Removes a task.", "netmesh db tasks rm 7 --dir /var/lib/app/redex", RowChange.Removed,
        (run, tasks, id) => tasks.DeleteAsync(id, run.Interrupted));

    private static Verb Change(string name, string summary, string example, RowChange change, Func<Run, TasksAdapter, ulong, ValueTask<WriteToken>> write)
    {
        var arguments = new RedexArguments();
        Argument<ulong> id = DbArguments.Id();
        Option<ulong> origin = DbArguments.Origin();
        var command = new Verb(name, summary, $"""
            Exit status 1 when there is no such task, or another process has the database open.

            Example:
              {example}
            """) { id, origin, arguments.Directory };
        Run.OnInvoke(command, run => DbCommands.WriteAsync(run, arguments.Read(run), Channel, run.Value(origin), mayBeNew: false, async db =>
        {
            TaskItem before = db.Tasks.FindUnique(run.Value(id)) ?? throw DbArguments.Missing("task", run.Value(id));
            await DatabaseWriter.FoldAsync(db.Tasks, await write(run, db.Tasks, before.Id).ConfigureAwait(false), run.Interrupted).ConfigureAwait(false);
            TaskFormat.Instance.Tell(run.Output, change, db.Tasks.FindUnique(before.Id) ?? before);
        }));
        return command;
    }

    private sealed class Filter
    {
        private readonly Option<TaskItemStatus?> _status = DbArguments.Status();
        private readonly Option<string?> _contains = new("--contains") { Description = "only tasks with this text in their title, whatever the case", HelpName = "TEXT" };
        private readonly Option<int> _order = DbArguments.Order();
        private readonly Option<int?> _limit = DbArguments.Limit();

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[_status, _contains, _order, _limit])
                command.Add(option);
        }

        public TasksFilter Read(Run run) => new()
        {
            Status = run.FindValue(_status),
            TitleContains = run.Find(_contains),
            OrderBy = (TasksOrderBy)run.Value(_order),
            Limit = run.FindValue(_limit),
        };
    }
}
