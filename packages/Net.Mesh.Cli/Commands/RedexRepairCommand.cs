using System.CommandLine;
using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>redex repair</c>: what opening a damaged log does to it, told first and done on demand.</summary>
internal static class RedexRepairCommand
{
    public static Verb Repair()
    {
        var arguments = new RedexArguments();
        Argument<ChannelName> channel = RedexArguments.Channel();
        var isSure = new Option<bool>("--yes") { Description = "do it; without this it only says what it would do" };
        var backup = new Option<string?>("--backup") { Description = "first copy the log's files as they are under this directory", HelpName = "DIR" };
        var command = new Verb("repair", "Says what of a damaged log can be kept and, with --yes, keeps that and drops the rest.", """
            Events that are whole stay, with their sequences; what is left of others is dropped, and is gone unless --backup keeps
            a copy. Any program that opens the log does the same. A log that is open in another process is an error.

            Examples:
              netmesh redex repair orders/audit --dir /var/lib/app/redex
              netmesh redex repair orders/audit --yes --backup /var/backups/redex
            """) { channel, isSure, backup, arguments.Directory };
        Run.OnInvoke(command, async run =>
        {
            LogStore store = arguments.Read(run);
            ChannelName name = run.Value(channel);
            if (!store.Has(name))
                throw store.Missing(name);
            LogLook look = store.Look(name);
            if (look.Opener is { } opener)
                throw new CommandException(ExitCode.Failure, "in-use", $"the log {name} in {store.Path} is open in {opener}, which repaired it; stop that first.");
            bool isNeeded = look.Report.Problems.Count > 0;
            if (!isNeeded || !run.ValueOrDefault(isSure))
            {
                look.Tell(run.Output, look.Report);
                Tell(run, look, look.Report, isDone: false, null, !isNeeded ? "it is whole, there is nothing to do" : "nothing was changed; --yes drops what is not whole");
                return ExitCode.Success;
            }
            string? copy = run.Find(backup);
            if (copy is not null)
                LogBackup.Copy(store, new LogStore(Path.GetFullPath(copy)), name);
            RedexRecovery recovered = await OpenAsync(run, store, name).ConfigureAwait(false);
            look.Tell(run.Output, recovered);
            Tell(run, look, recovered, isDone: true, copy, copy is null ? "repaired" : $"repaired; as it was before it lies under {copy}");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<RedexRecovery> OpenAsync(Run run, LogStore store, ChannelName name)
    {
        var redex = new Redex(new() { PersistentDirectory = store.Path, TimeProvider = run.Time });
        await using (redex.ConfigureAwait(false))
            return store.Open(redex, name, FsyncPolicy.Never).Recovered!;
    }

    private static void Tell(Run run, LogLook look, RedexRecovery report, bool isDone, string? backup, string outcome) => run.Output.Result(
        new RepairLine(look.Channel.ToString(), isDone, report.Entries, report.FirstSeq, report.NextSeq, report.Problems.Count, report.HasLosses, backup),
        $"""
        keep   {look.TextOf(report)}
        done   {outcome}
        """);
}
