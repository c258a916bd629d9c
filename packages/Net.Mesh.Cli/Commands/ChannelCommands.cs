using System.CommandLine;
using System.Text;
using Net.Mesh.Channels;
using Net.Mesh.Cli.Channels;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cli.Tokens;
using Net.Mesh.Identities;

namespace Net.Mesh.Cli.Commands;

/// <summary><c>channel serve</c>, <c>channel publish</c> and <c>channel tail</c>.</summary>
internal static class ChannelCommands
{
    public static Command Channel() => new Verb("channel", "Publish on a channel, and read one.", """
        A channel lives on the node that publishes it: whoever wants it dials that node and subscribes there. So only that
        node knows who is on it: "channel serve" and "channel publish" say who comes, who goes, and who was refused and why.
        """) { Serve(), Publish(), TailChannel() };

    private static Verb Serve()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 5);
        var channel = new ChannelArguments();
        Option<MeshTicket[]> peers = Arguments.Peers("nodes to connect to, such as a relay through which subscribers come; may be repeated");
        Option<double> interval = Arguments.Seconds("--interval", "how often it is listed who is on, if that has changed", 10, 0.1, 3600);
        var command = new Verb("serve", "Has a channel until Ctrl+C: publishes what comes on standard input, a message a line, and reports subscribers.", """
            It prints the ticket at which others subscribe. Every subscriber that comes, leaves, is refused or loses its token
            is a line, with the reason; now and then it is listed who is on. The end of the input ends nothing: the channel
            stays, so "netmesh channel serve NAME < /dev/null" is a channel to watch.

            Examples:
              netmesh channel serve sensors/temp --psk-file mesh.psk --key node.key --require-token
              sensor | netmesh channel serve sensors/temp --psk-file mesh.psk --reliable
            """) { channel.Name, peers, interval };
        channel.AddTo(command);
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            CliNode node = await channel.StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(run.Value(peers));
                ChannelHost host = channel.Open(run, node, wanted: 0);
                await using (host.ConfigureAwait(false))
                    await ServeAsync(run, node, host, run.Value(peers), run.Seconds(interval)).ConfigureAwait(false);
            }
            return ExitCode.Success;
        });
        return command;
    }

    private static Verb Publish()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        var channel = new ChannelArguments();
        var text = new Option<string[]>("--text") { Description = "a message, instead of standard input; may be repeated", HelpName = "TEXT", DefaultValueFactory = _ => [] };
        Option<MeshTicket[]> peers = Arguments.Peers("nodes to connect to, such as a relay through which subscribers come; may be repeated");
        Option<int> subscribers = Arguments.Number("--subscribers", "how many to wait for before the first message", 1, 0, 10_000);
        Option<double> wait = Arguments.Seconds("--wait", "how long to wait for them", 60, 0, 86_400);
        var command = new Verb("publish", "Waits for subscribers, publishes standard input, a message a line, and leaves.", """
            Exit status 3 when too few subscribers came in time, 1 when a message did not go out to one of them. With
            --reliable it leaves when they have confirmed everything.

            Examples:
              netmesh channel publish builds --text "build 42 is green" --psk-file mesh.psk --reliable
              cat events.jsonl | netmesh channel publish events --subscribers 3 --psk-file mesh.psk --reliable
            """) { channel.Name, text, peers, subscribers, wait };
        channel.AddTo(command);
        arguments.AddTo(command);
        Run.OnInvoke(command, async run =>
        {
            CliNode node = await channel.StartAsync(run, arguments).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                node.RefuseOwn(run.Value(peers));
                ChannelHost host = channel.Open(run, node, run.Value(subscribers));
                await using (host.ConfigureAwait(false))
                {
                    using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
                    Task keeping = new PeerKeeper(node, run.Value(peers), run.Output, run.Time).RunAsync(stop.Token);
                    try
                    {
                        await WaitAsync(run, host, run.Value(subscribers), run.Seconds(wait)).ConfigureAwait(false);
                        await (run.Value(text) is { Length: > 0 } given
                            ? host.PublishAsync([.. given.Select(one => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(one))], run.Interrupted)
                            : host.PublishAsync(Console.OpenStandardInput(), run.Interrupted)).ConfigureAwait(false);
                    }
                    finally
                    {
                        await stop.CancelAsync().ConfigureAwait(false);
                        await keeping.ConfigureAwait(false);
                    }
                    return host.HasFailures ? ExitCode.Failure : ExitCode.Success;
                }
            }
        });
        return command;
    }

    private static Verb TailChannel()
    {
        var arguments = new NodeArguments(heartbeatSeconds: 1);
        Argument<ChannelName> name = ChannelArguments.NameArgument();
        var from = new Option<MeshTicket>("--from")
        {
            Description = "the ticket of the node that publishes, as its \"channel serve\" prints it",
            HelpName = "TICKET",
            Required = true,
            CustomParser = result => Arguments.ParseTicket(result)!,
        };
        Option<MeshTicket?> via = Arguments.Via();
        Option<string> token = TokenCommands.TokenOption("a token that lets --key subscribe, for a channel that requires one; - is standard input");
        var group = new Option<string?>("--queue-group") { Description = "share the messages with the other members of this group: each goes to one of them", HelpName = "GROUP" };
        Option<int?> count = Arguments.OptionalNumber("--count", "messages after which to leave (default: until Ctrl+C)", 1, int.MaxValue);
        var command = new Verb("tail", "Subscribes to a channel of a node and writes its messages to standard output, a line each.", """
            Standard output carries the messages and nothing else; with --json each is an object, with "text", or "base64"
            where it is no text. A publisher that goes away is waited for; when nobody reads
            its output any more, as after "| head -1", it leaves. Exit status 4 when it refuses the subscription.

            Examples:
              netmesh channel tail sensors/temp --from netmesh:AQ… --psk-file mesh.psk
              netmesh channel tail sensors/temp --from netmesh:AQ… --key node.key --token temp.token --psk-file mesh.psk
            """) { name, from, via, token, group, count };
        arguments.AddTo(command);
        Run.OnInvoke(command, Run.WhileRead(async run =>
        {
            Output output = run.Output.ForReader();
            TokenChain? chain = run.Find<string>(token!) is { } file ? TokenFile.Read(file) : null;
            CliNode node = await (arguments.Read(run) with { Configure = builder => builder.WithChannels() }).StartAsync(run.Interrupted).ConfigureAwait(false);
            await using (node.ConfigureAwait(false))
            {
                if (chain is not null && chain.Tokens[^1].Subject != node.Node.Identity.EntityId)
                    throw CommandException.Usage($"the token is for {chain.Tokens[^1].Subject}, and this node is {node.Node.Identity.EntityId}; give the --key of the identity that it is for.");
                Peer peer = await node.DialAsync(run.Value(from), run.Find(via), run.Interrupted).ConfigureAwait(false);
                output.Status(PeerLines.Line(peer, "connected"), PeerLines.Text(peer, "connected"));
                var how = new ChannelSubscribeOptions { Chain = chain, QueueGroup = run.Find(group) };
                ChannelSubscription subscription = await SubscribeAsync(run, node, peer, run.Value(name), how).ConfigureAwait(false);
                await using (subscription.ConfigureAwait(false))
                {
                    output.Status(
                        new SubscribedLine(subscription.Channel.ToString(), peer.NodeId.ToString(), subscription.QueueGroup),
                        $"on     {subscription.Channel} of {peer.NodeId}");
                    return await ReadAsync(run, output, node, subscription, run.FindValue(count), run.Find(via) is null ? [run.Value(from)] : []).ConfigureAwait(false);
                }
            }
        }));
        return command;
    }

    private static async Task<ChannelSubscription> SubscribeAsync(Run run, CliNode node, Peer publisher, ChannelName name, ChannelSubscribeOptions how)
    {
        try
        {
            return await node.Node.Channels.SubscribeAsync(publisher.NodeId, name, how, run.Interrupted).ConfigureAwait(false);
        }
        catch (ChannelRejectedException refused) when (refused.Reason == AckReason.Unauthorized)
        {
            TokenReport? token = how.Chain is null ? null : new(how.Chain, name, run.Time.GetUtcNow());
            string advice = token switch
            {
                null => $"Where it asks for a token, give --token FILE, which its owner makes with \"netmesh token issue --subject {node.Node.Identity.EntityId}\".",
                { IsValid: false } => $"The token is {token.Status}; \"netmesh token show\" says more.",
                _ => "The token is valid by itself: its root may not be one of the channel's, or it was revoked.",
            };
            throw new CommandException(ExitCode.Refused, refused.Kind, $"{refused.Message} {advice}");
        }
    }

    private static async Task ServeAsync(Run run, CliNode node, ChannelHost host, IReadOnlyList<MeshTicket> peers, TimeSpan interval)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
        Task keeping = new PeerKeeper(node, peers, run.Output, run.Time).RunAsync(stop.Token);
        Task listing = host.ListAsync(interval, stop.Token);
        try
        {
            await host.PublishAsync(Console.OpenStandardInput(), run.Interrupted).ConfigureAwait(false);
            await Task.Delay(Timeout.InfiniteTimeSpan, run.Time, run.Interrupted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (run.Interrupted.IsCancellationRequested)
        {
            // A signal is how a channel is closed.
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(keeping, listing).ConfigureAwait(false);
        }
    }

    private static async Task<int> ReadAsync(Run run, Output output, CliNode node, ChannelSubscription subscription, int? count, IReadOnlyList<MeshTicket> redialled)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(run.Interrupted);
        Task keeping = new PeerKeeper(node, redialled, run.Output.BesideData(), run.Time).RunAsync(stop.Token);
        var writer = new MessageWriter(output);
        await using (writer.ConfigureAwait(false))
        {
            try
            {
                await new Tail(node, writer, output).RunAsync(subscription, count, run.Interrupted).ConfigureAwait(false);
                return ExitCode.Success;
            }
            catch (OperationCanceledException) when (count is null && run.Interrupted.IsCancellationRequested)
            {
                return ExitCode.Success; // a signal is how a tail without a count ends
            }
            finally
            {
                await stop.CancelAsync().ConfigureAwait(false);
                await keeping.ConfigureAwait(false);
            }
        }
    }

    private static async Task WaitAsync(Run run, ChannelHost host, int subscribers, TimeSpan limit)
    {
        try
        {
            await host.WaitForSubscribersAsync(limit, run.Interrupted).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new CommandException(ExitCode.Unreachable, "no-subscribers", $"fewer than {subscribers} subscribed within {Figures.Seconds(limit)}; wait longer with --wait, or for fewer with --subscribers.");
        }
    }
}
