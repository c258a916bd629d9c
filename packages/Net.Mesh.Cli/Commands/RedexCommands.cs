using System.CommandLine;
using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>redex</c>: the logs under a directory. <c>ls</c> and <c>verify</c> look and change nothing.</summary>
internal static class RedexCommands
{
    public static Command Redex() => new Verb("redex", "Look at, follow, write and repair append-only logs.", """
        The logs of a store lie under one directory, --dir or NETMESH_REDEX_DIR, each under its channel's name. One process at a
        time writes a log; "ls", "tail" and "verify" read it beside that one and change nothing.
        """) { List(), RedexTailCommand.Tail(), RedexAppendCommand.Append(), Verify(), RedexRepairCommand.Repair() };

    private static Verb List()
    {
        var arguments = new RedexArguments();
        var command = new Verb("ls", "Lists the logs: how many events, the first and the next sequence, bytes, generation, problems.", """
            It reads the logs whole, and says which process has one open where the system tells (Linux, of the same user).

            Examples:
              netmesh redex ls --dir /var/lib/app/redex
              netmesh redex ls --json | jq -r 'select(.lost) | .channel'
            """) { arguments.Directory };
        Run.OnInvoke(command, run =>
        {
            LogStore store = arguments.Read(run);
            foreach (ChannelName channel in store.Channels())
            {
                LogLook look = store.Look(channel);
                run.Output.Result(look.Line, look.Text);
                run.Interrupted.ThrowIfCancellationRequested();
            }
            return Task.FromResult(ExitCode.Success);
        });
        return command;
    }

    private static Verb Verify()
    {
        var arguments = new RedexArguments();
        Argument<ChannelName[]> channels = RedexArguments.Channels();
        var command = new Verb("verify", "Reads logs whole, compares every checksum, and says what is wrong; changes nothing.", """
            Every problem is a line: "lost" where events are gone, "note" for what a process left that died, or has not finished
            yet while the log is open. Exit status 1 when events are lost.

            Examples:
              netmesh redex verify --dir /var/lib/app/redex
              netmesh redex verify orders/audit orders/paid --json
            """) { channels, arguments.Directory };
        Run.OnInvoke(command, run =>
        {
            LogStore store = arguments.Read(run);
            IReadOnlyList<ChannelName> there = store.Channels();
            IReadOnlyList<ChannelName> wanted = run.Value(channels) is { Length: > 0 } named ? named : there;
            foreach (ChannelName missing in wanted.Except(there))
                throw store.Missing(missing);
            bool isWhole = true;
            foreach (ChannelName channel in wanted)
            {
                LogLook look = store.Look(channel);
                look.Tell(run.Output, look.Report);
                run.Output.Result(look.Line, $"{(look.Report.HasLosses ? "bad " : "ok  ")}   {look.Text}");
                isWhole &= !look.Report.HasLosses;
                run.Interrupted.ThrowIfCancellationRequested();
            }
            return Task.FromResult(isWhole ? ExitCode.Success : ExitCode.Failure);
        });
        return command;
    }
}
