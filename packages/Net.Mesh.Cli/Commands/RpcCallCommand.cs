using System.CommandLine;
using System.Text;
using Net.Mesh.Cli.Calls;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>rpc call</c>: one request and its answer.</summary>
internal static class RpcCallCommand
{
    private const int MaxRequestBytes = 16 * 1024 * 1024;

    public static Verb Call()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<string> service = RpcArguments.Service();
        var body = new Argument<string>("BODY") { Description = "the request; - is standard input" };
        Option<MeshTicket?> to = RpcArguments.To(isRequired: false);
        Option<MeshTicket[]> via = CapCommands.Via("nodes to join the mesh at, to call whoever serves; may be repeated, else NETMESH_VIA. With --to: the node through which to reach it");
        Option<RpcHeader[]> headers = RpcArguments.Headers();
        Option<double?> deadline = RpcArguments.OptionalDeadline();
        Option<double> wait = Arguments.Seconds("--wait", "how long to listen for a node that serves, without --to", 12, 0, 86_400);
        var streams = new Option<bool>("--stream") { Description = "the answer is a stream: write its items as they come, a line each" };
        var command = new Verb("call", "Calls a service and writes the answer to standard output.", """
            Standard output carries the answer, byte for byte, and nothing else; with --json it is an object, with "text", or
            "base64" where it is no text. An item of a stream is a line. Exit status 1 when the service answers with a failure, 3
            when there is nobody to call or no answer in time, 4 when the caller may not.

            Examples:
              netmesh rpc call cross_lang_echo_sum '{"text":"hi","numbers":[1,2]}' --to netmesh:AQ… --psk-file mesh.psk
              netmesh rpc call upper - --via netmesh:AQ… --psk-file mesh.psk < letter.txt
              netmesh rpc call look needle --stream --to netmesh:AQ… --deadline 5s --psk-file mesh.psk
            """) { service, body, to, via, headers, deadline, wait, streams };
        arguments.AddTo(command);
        Run.OnInvoke(command, Run.WhileRead(async run =>
        {
            MeshTicket? target = run.Find(to);
            IReadOnlyList<MeshTicket> joined = target is null ? CapCommands.Required(run, via) : run.Value(via);
            if (target is not null && joined.Count > 1)
                throw CommandException.Usage("with --to there is at most one --via, the node through which to reach it.");
            var how = new CallOptions
            {
                Headers = run.Value(headers),
                Deadline = run.FindValue(deadline) is { } seconds ? TimeSpan.FromSeconds(seconds) : null, // none: 30 s, and for a stream no end
            };
            Output output = run.Output.ForReader();
            ReadOnlyMemory<byte> request = await ReadAsync(run.Value(body), run.Interrupted).ConfigureAwait(false);
            CliNode node = await RpcArguments.StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                NodeId? known = null;
                if (target is not null)
                {
                    known = (await node.DialAsync(target, joined.Count == 0 ? null : joined[0], run.Interrupted).ConfigureAwait(false)).NodeId;
                }
                else
                {
                    await CapCommands.JoinAsync(run, node, joined).ConfigureAwait(false);
                    await new ServiceNodes(node, joined).ReachAsync(run.Value(service), run.Seconds(wait), run.Time, run.Interrupted).ConfigureAwait(false);
                }
                var writer = new ReplyWriter(output);
                await using (writer.ConfigureAwait(false))
                {
                    var call = new OneCall(node.Node.Rpc, known, run.Value(service), request, how, writer);
                    await (run.Value(streams) ? call.StreamAsync(run.Interrupted) : call.RunAsync(run.Interrupted)).ConfigureAwait(false);
                }
            }
            return ExitCode.Success;
        }));
        return command;
    }

    private static async Task<ReadOnlyMemory<byte>> ReadAsync(string body, CancellationToken stop)
    {
        if (body != "-")
            return Encoding.UTF8.GetBytes(body);
        using var request = new MemoryStream();
        byte[] buffer = new byte[65_536];
        Stream input = Console.OpenStandardInput();
        await using (input.ConfigureAwait(false))
        {
            // A console or a pipe cannot be cancelled while it waits, so the wait is.
            while (await input.ReadAsync(buffer, CancellationToken.None).AsTask().WaitAsync(stop).ConfigureAwait(false) is > 0 and int length)
            {
                if (request.Length + length > MaxRequestBytes)
                    throw CommandException.Usage($"the request is longer than {MaxRequestBytes} bytes.");
                request.Write(buffer, 0, length);
            }
        }
        return request.ToArray();
    }

    /// <summary>The call, of a node that is known, or of whichever serves.</summary>
    private sealed record OneCall(MeshRpc Rpc, NodeId? Target, string Service, ReadOnlyMemory<byte> Request, CallOptions How, ReplyWriter Writer)
    {
        public async Task RunAsync(CancellationToken stop)
        {
            RpcReply reply = Target is { } target
                ? await Rpc.CallAsync(target, Service, Request, How, stop).ConfigureAwait(false)
                : await Rpc.CallServiceAsync(Service, Request, How, stop).ConfigureAwait(false);
            await Writer.WriteAsync(Service, item: null, reply.Latency, reply.Body, stop).ConfigureAwait(false);
        }

        public async Task StreamAsync(CancellationToken stop)
        {
            RpcStream stream = Target is { } target
                ? await Rpc.CallStreamingAsync(target, Service, Request, How, stop).ConfigureAwait(false)
                : await Rpc.CallServiceStreamingAsync(Service, Request, How, stop).ConfigureAwait(false);
            await using (((IAsyncDisposable)stream).ConfigureAwait(false))
            {
                long number = 0;
                await foreach (ReadOnlyMemory<byte> item in stream.WithCancellation(stop).ConfigureAwait(false))
                    await Writer.WriteAsync(Service, number++, took: null, item, stop).ConfigureAwait(false);
            }
        }
    }
}
