using System.CommandLine;
using Net.Mesh.Cli.Calls;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>rpc bench</c>: how often and how fast a service answers.</summary>
internal static class RpcBenchCommand
{
    public static Verb Bench()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<string> service = RpcArguments.Service();
        Option<MeshTicket?> to = RpcArguments.To(isRequired: true);
        Option<MeshTicket?> via = Arguments.Via();
        Option<int> inFlight = Arguments.Number("--in-flight", "calls at once", 16, 1, 4096);
        Option<int> size = Arguments.Number("--size", "bytes of a request", 64, 0, 1_048_576);
        Option<double> duration = Arguments.Seconds("--duration", "how long to call", 5, 0.1, 3600);
        Option<double?> deadline = RpcArguments.OptionalDeadline();
        var command = new Verb("bench", "Calls a service again and again, and says how often and how fast it answers.", """
            The service is called for real: against "rpc serve NAME" it measures the mesh, against another one that service too.
            Exit status 1 when a call failed.

            Example:
              netmesh rpc bench echo --to netmesh:AQ… --in-flight 256 --size 1024 --duration 5s --psk-file mesh.psk
            """) { service, to, via, inFlight, size, duration, deadline };
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            CliNode node = await RpcArguments.StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                Peer peer = await node.DialAsync(run.Find(to)!, run.Find(via), run.Interrupted).ConfigureAwait(false);
                run.Output.Note(PeerLines.Text(peer, "connected"));
                var how = new CallOptions { Deadline = run.FindValue(deadline) is { } seconds ? TimeSpan.FromSeconds(seconds) : null };
                var bench = new CallBench(node.Node, peer.NodeId, run.Value(service), run.Output, run.Time);
                return await bench.RunAsync(run.Value(inFlight), run.Value(size), run.Seconds(duration), how, run.Interrupted).ConfigureAwait(false) ? ExitCode.Success : ExitCode.Failure;
            }
        });
        return command;
    }
}
