using System.CommandLine;
using Net.Mesh.Cli.Databases;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>db memories</c>.</summary>
internal static class DbMemoryCommands
{
    private static readonly ChannelName Channel = CortexChannels.Memories;

    public static Command Memories() => new Verb("memories", "The memories of a database: list, watch, store, retag, pin, unpin, rm.", """
        Example:
          netmesh db memories list --tag meeting --pinned --dir /var/lib/app/redex
        """) { List(), Watch(), Store(), Retag(), Pin(), Unpin(), Remove() };

    private static Verb List()
    {
        var arguments = new RedexArguments();
        var filter = new Filter();
        var command = new Verb("list", "Lists memories, a line each; the database may be open elsewhere.", """
            Examples:
              netmesh db memories list --dir /var/lib/app/redex
              netmesh db memories list --tag meeting --contains budget --order created-desc --limit 5 --json
            """) { arguments.Directory };
        filter.AddTo(command);
        Run.OnInvoke(command, run => DbCommands.ListAsync(run, arguments.Read(run), Channel, db => db.Memories.FindMany(filter.Read(run)), MemoryFormat.Instance));
        return command;
    }

    private static Verb Watch()
    {
        var arguments = new RedexArguments();
        var filter = new Filter();
        var command = new Verb("watch", "Lists memories and then every change, also of another process, until Ctrl+C.", """
            A change is "added", "changed" or "removed": what the filter takes from now on, takes otherwise, or takes no more.

            Example:
              netmesh db memories watch --pinned --json --dir /var/lib/app/redex
            """) { arguments.Directory };
        filter.AddTo(command);
        Run.OnInvoke(command, Run.WhileRead(run => DbCommands.WatchAsync(
            run, arguments.Read(run), Channel, (db, stop) => db.Memories.SnapshotAndWatch(filter.Read(run), stop), MemoryFormat.Instance)));
        return command;
    }

    private static Verb Store()
    {
        var arguments = new RedexArguments();
        var content = new Argument<string>("CONTENT") { Description = "what is remembered" };
        Option<string[]> tags = Tags("--tag", "a tag; may be repeated");
        var source = new Option<string>("--source") { Description = "where it comes from", HelpName = "TEXT", DefaultValueFactory = _ => "netmesh" };
        Option<ulong?> id = DbArguments.NewId("the memory's id (default: one more than the highest); one that is there is stored anew");
        Option<ulong> origin = DbArguments.Origin();
        var command = new Verb("store", "Stores a memory; a database that is not there is made.", """
            Examples:
              netmesh db memories store "the budget is 40 k" --tag meeting --tag money --dir /var/lib/app/redex
              netmesh db memories store "the budget is 45 k" --id 3 --source minutes.txt --json
            """) { content, tags, source, id, origin, arguments.Directory };
        Run.OnInvoke(command, run => DbCommands.WriteAsync(run, arguments.Read(run), Channel, run.Value(origin), mayBeNew: true, async db =>
        {
            ulong number = run.FindValue(id) ?? DbArguments.Next(db.Memories.Query().OrderBy(MemoriesOrderBy.IdDescending).FirstOrDefault()?.Id);
            RowChange change = db.Memories.FindUnique(number) is null ? RowChange.Added : RowChange.Changed;
            WriteToken written = await db.Memories.StoreAsync(number, run.Value(content), run.Value(tags), run.Value(source), cancellationToken: run.Interrupted).ConfigureAwait(false);
            await DatabaseWriter.FoldAsync(db.Memories, written, run.Interrupted).ConfigureAwait(false);
            MemoryFormat.Instance.Tell(run.Output, change, db.Memories.FindUnique(number)!);
        }));
        return command;
    }

    private static Verb Retag()
    {
        var tags = new Argument<string[]>("TAG") { Description = "its tags from now on; none is none", Arity = ArgumentArity.ZeroOrMore };
        Verb command = Change(
            "retag", "Gives a memory other tags.", "netmesh db memories retag 3 meeting 2027 --dir /var/lib/app/redex", RowChange.Changed,
            (run, memories, id) => memories.RetagAsync(id, run.Value(tags), cancellationToken: run.Interrupted));
        command.Add(tags);
        return command;
    }

    private static Verb Pin() => Change(
        "pin", "Pins a memory.", "netmesh db memories pin 3 --dir /var/lib/app/redex", RowChange.Changed,
        (run, memories, id) => memories.PinAsync(id, cancellationToken: run.Interrupted));

    private static Verb Unpin() => Change(
        "unpin", "Unpins a memory.", "netmesh db memories unpin 3 --dir /var/lib/app/redex", RowChange.Changed,
        (run, memories, id) => memories.UnpinAsync(id, cancellationToken: run.Interrupted));

    private static Verb Remove() => Change(
        "rm", "Removes a memory.", "netmesh db memories rm 3 --dir /var/lib/app/redex", RowChange.Removed,
        (run, memories, id) => memories.DeleteAsync(id, run.Interrupted));

    private static Verb Change(string name, string summary, string example, RowChange change, Func<Run, MemoriesAdapter, ulong, ValueTask<WriteToken>> write)
    {
        var arguments = new RedexArguments();
        Argument<ulong> id = DbArguments.Id();
        Option<ulong> origin = DbArguments.Origin();
        var command = new Verb(name, summary, $"""
            Exit status 1 when there is no such memory, or another process has the database open.

            Example:
              {example}
            """) { id, origin, arguments.Directory };
        Run.OnInvoke(command, run => DbCommands.WriteAsync(run, arguments.Read(run), Channel, run.Value(origin), mayBeNew: false, async db =>
        {
            MemoryItem before = db.Memories.FindUnique(run.Value(id)) ?? throw DbArguments.Missing("memory", run.Value(id));
            await DatabaseWriter.FoldAsync(db.Memories, await write(run, db.Memories, before.Id).ConfigureAwait(false), run.Interrupted).ConfigureAwait(false);
            MemoryFormat.Instance.Tell(run.Output, change, db.Memories.FindUnique(before.Id) ?? before);
        }));
        return command;
    }

    private static Option<string[]> Tags(string name, string what) => new(name) { Description = what, HelpName = "TAG", DefaultValueFactory = _ => [] };

    private sealed class Filter
    {
        private readonly Option<string[]> _tags = Tags("--tag", "only memories with this tag; repeated: with all of them");
        private readonly Option<string[]> _anyTag = Tags("--any-tag", "only memories with this tag; repeated: with at least one of them");
        private readonly Option<string?> _contains = new("--contains") { Description = "only memories with this text in their content, whatever the case", HelpName = "TEXT" };
        private readonly Option<string?> _source = new("--source") { Description = "only memories that come from there", HelpName = "TEXT" };
        private readonly Option<bool> _pinned = new("--pinned") { Description = "only memories that are pinned" };
        private readonly Option<bool> _unpinned = new("--unpinned") { Description = "only memories that are not pinned" };
        private readonly Option<int> _order = DbArguments.Order();
        private readonly Option<int?> _limit = DbArguments.Limit();

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[_tags, _anyTag, _contains, _source, _pinned, _unpinned, _order, _limit])
                command.Add(option);
            command.Validators.Add(result =>
            {
                if (result.GetValue(_pinned) && result.GetValue(_unpinned))
                    result.AddError("--pinned and --unpinned are both given; give one, or none for all.");
            });
        }

        public MemoriesFilter Read(Run run) => new()
        {
            AllTags = run.Value(_tags),
            AnyTag = run.Value(_anyTag),
            ContentContains = run.Find(_contains),
            Source = run.Find(_source),
            IsPinned = run.ValueOrDefault(_pinned) ? true : run.ValueOrDefault(_unpinned) ? false : null,
            OrderBy = (MemoriesOrderBy)run.Value(_order),
            Limit = run.FindValue(_limit),
        };
    }
}
