using System.CommandLine;
using System.Globalization;
using System.Text;
using Net.Mesh.Cli.Channels;
using Net.Mesh.Cli.Logs;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>redex append</c>: a text, or the lines of standard input, each an event.</summary>
internal static class RedexAppendCommand
{
    public static Verb Append()
    {
        var arguments = new RedexArguments();
        Argument<ChannelName> channel = RedexArguments.Channel();
        var text = new Argument<string?>("TEXT") { Description = "the event; without it the lines of standard input are events", Arity = ArgumentArity.ZeroOrOne };
        Option<FsyncChoice> fsync = RedexArguments.Fsync();
        var isInline = new Option<bool>("--inline") { Description = "events of exactly 8 bytes, which stand in the index itself" };
        var isHex = new Option<bool>("--hex") { Description = "a text or line is hexadecimal digits, two a byte" };
        var command = new Verb("append", "Appends a text, or the lines of standard input, to a log and prints their sequences.", """
            A log that is not there is made. One that is open in another process is an error that names that process where the
            system tells; one that has lost events is an error too, until "netmesh redex repair" was there.

            Examples:
              netmesh redex append orders/audit "order 42 paid" --fsync always --dir /var/lib/app/redex
              producer | netmesh redex append orders/audit --fsync 100
              netmesh redex append counters --hex --inline 0x2a00000000000000
            """) { channel, text, fsync, isInline, isHex, arguments.Directory };
        Run.OnInvoke(command, async run =>
        {
            LogStore store = arguments.Read(run);
            ChannelName name = run.Value(channel);
            var payloads = new PayloadText(run.ValueOrDefault(isHex), run.ValueOrDefault(isInline));
            ReadOnlyMemory<byte>? only = run.Find(text) is { } given ? payloads.Read(Encoding.UTF8.GetBytes(given)) : default(ReadOnlyMemory<byte>?); // null by itself would be an empty event
            if (!store.RefuseDamaged(name))
                run.Output.Note($"new    {name} in {store.Path}");
            var redex = new Redex(new() { PersistentDirectory = store.Path, TimeProvider = run.Time });
            await using (redex.ConfigureAwait(false))
            {
                var target = new Target(run, store.Open(redex, name, run.Value(fsync).Policy), run.Value(fsync).WaitsForDisk, payloads.IsInline);
                if (only is { } payload)
                {
                    await target.AppendAsync([payload]).ConfigureAwait(false);
                    return ExitCode.Success;
                }
                await foreach (IReadOnlyList<ReadOnlyMemory<byte>> lines in LineSource.ReadAsync(Console.OpenStandardInput(), run.Interrupted).ConfigureAwait(false))
                    await target.AppendAsync([.. lines.Select(payloads.Read)]).ConfigureAwait(false);
            }
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>The log, and how events get into it.</summary>
    private sealed class Target(Run run, RedexFile log, bool waitsForDisk, bool isInline)
    {
        public async Task AppendAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
        {
            if (isInline)
            {
                ulong[] sequences = [.. payloads.Select(payload => log.AppendInline(payload.Span))];
                if (waitsForDisk)
                    await log.SyncAsync(CancellationToken.None).ConfigureAwait(false);
                foreach (ulong seq in sequences)
                    Tell(seq);
                return;
            }
            ulong? first = waitsForDisk
                ? await log.AppendBatchDurableAsync(payloads, CancellationToken.None).ConfigureAwait(false)
                : log.AppendBatch(payloads);
            for (int i = 0; i < payloads.Count; i++)
                Tell(first!.Value + (uint)i);
        }

        private void Tell(ulong seq) => run.Output.Result(new AppendedLine(log.Name.ToString(), seq), seq.ToString(CultureInfo.InvariantCulture));
    }
}
