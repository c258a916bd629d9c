using System.CommandLine;
using System.Runtime.CompilerServices;
using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>redex tail</c>: the events of a log, and those that another process appends to it.</summary>
internal static class RedexTailCommand
{
    private const int UsualLast = 10;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public static Verb Tail()
    {
        var arguments = new RedexArguments();
        Argument<ChannelName> channel = RedexArguments.Channel();
        Option<ulong?> from = RedexArguments.Sequence("--from", "the first sequence; 0 is everything");
        Option<int?> last = Arguments.OptionalNumber("--last", $"so many events from the end (default: {UsualLast})", 0, int.MaxValue);
        var follow = new Option<bool>("--follow", "-f") { Description = "go on with what is appended, also by another process, until Ctrl+C" };
        var isLong = new Option<bool>("--long", "-l") { Description = "sequence and time before each event" };
        var command = new Verb("tail", "Writes the events of a log to standard output, a line each.", """
            An event that is a line of text is written as it is, another as 0x and hexadecimal digits; with --json it is an object
            with "seq", "timestamp", and "text", or "base64" and "hex". The log may be open elsewhere. With --follow it may come
            later, and the end is Ctrl+C or that nobody reads any more, as after "| head -1".

            Examples:
              netmesh redex tail orders/audit --dir /var/lib/app/redex
              netmesh redex tail orders/audit --from 0 --json | jq .seq
              netmesh redex tail orders/audit --last 0 --follow
            """) { channel, from, last, follow, isLong, arguments.Directory };
        command.Validators.Add(result =>
        {
            if (result.GetResult(from) is not null && result.GetResult(last) is not null)
                result.AddError("--from and --last are both given; give one.");
        });
        Run.OnInvoke(command, Run.WhileRead(async run =>
        {
            LogStore store = arguments.Read(run);
            ChannelName name = run.Value(channel);
            bool follows = run.ValueOrDefault(follow);
            RedexInspection? found = Redex.Inspect(store.Path, name);
            if (found is null && !follows)
                throw store.Missing(name);
            using var writer = new EventWriter(run.Output.ForReader(), name, run.ValueOrDefault(isLong));
            if (found is not null)
                Write(found, run.FindValue(from), run.FindValue(last), writer, run.Interrupted);
            else
                run.Output.Note($"wait   {name} is not there yet");
            writer.Flush();
            if (follows)
                await FollowAsync(run, store, name, writer.Next ?? run.FindValue(from) ?? found?.Report.NextSeq ?? 0, writer).ConfigureAwait(false);
            return ExitCode.Success;
        }));
        return command;
    }

    private static void Write(RedexInspection found, ulong? from, int? last, EventWriter writer, CancellationToken stop)
    {
        IEnumerable<RedexEvent> events = found.ReadRange(from ?? 0, ulong.MaxValue);
        foreach (RedexEvent read in from is null ? events.TakeLast(last ?? UsualLast) : events)
        {
            stop.ThrowIfCancellationRequested();
            writer.Write(read);
        }
    }

    private static async Task FollowAsync(Run run, LogStore store, ChannelName name, ulong from, EventWriter writer)
    {
        var reading = new WhileSomebodyReads(run.Time, run.Interrupted);
        await using ConfiguredAsyncDisposable ended = reading.ConfigureAwait(false);
        IAsyncEnumerator<RedexEvent> events = Redex.FollowAsync(store.Path, name, from, PollInterval, run.Time, reading.Token).GetAsyncEnumerator(CancellationToken.None);
        await using (events.ConfigureAwait(false))
        {
            try
            {
                while (true)
                {
                    ValueTask<bool> next = events.MoveNextAsync();
                    // While more is at hand it is written in large pieces; whoever waits sees all there is.
                    if (!next.IsCompleted)
                        writer.Flush();
                    if (!await next.ConfigureAwait(false))
                        return;
                    writer.Write(events.Current);
                }
            }
            catch (OperationCanceledException) when (reading.Token.IsCancellationRequested)
            {
                // A signal, or that nobody reads, is how following ends.
            }
        }
    }
}
