using Net.Mesh.Rpc;
using Net.Mesh.Rpc.Transport;
using Net.Mesh.Rpc.Wire;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Calls between a 0.27.2 node and the independent peer, in both roles (spec 07 §2.4, §3, §5).</summary>
public sealed class RpcCaptures
{
    public static TheoryData<string> Scenarios() => [.. Capture.NamesWith(SubprotocolId.Events, isOnChannel: true).Where(static name => name.StartsWith("rpc_", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_frame_is_read_and_written_to_the_same_bytes(string scenario)
    {
        int read = 0;
        foreach ((_, byte[] bytes) in Frames(Capture.Load(scenario)))
        {
            OutboundEvent written = Written(bytes);
            Assert.Equal(bytes, written.Memory.ToArray());
            written.Return();
            read++;
        }
        Assert.True(read >= 8, $"{read} frames are few");
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_frame_travels_where_ours_would_send_it(string scenario)
    {
        var capture = Capture.Load(scenario);
        var services = new Dictionary<ulong, string>();
        foreach ((CapturedPacket packet, byte[] bytes) in Frames(capture))
        {
            Assert.True(EventMeta.TryRead(bytes, out EventMeta meta));
            var dispatch = (RpcDispatch)meta.Dispatch;
            CapturedNode sender = capture.SenderOf(packet);
            Assert.Equal(sender.OriginHash, meta.Origin.Value);
            Assert.Equal(sender.OriginHash, packet.Header.OriginHash);
            if (dispatch == RpcDispatch.Request)
                services[meta.Number] = ServiceOf(bytes);
            // What stands before its request was sent after it: an incoming datagram is listed when it has been dealt with.
            if (!services.TryGetValue(meta.Number, out string? service))
                continue;
            CapturedNode other = capture.Nodes.Single(node => node != sender);
            bool isAnswer = dispatch is RpcDispatch.Response or RpcDispatch.RequestGrant;
            ChannelName channel = isAnswer ? RpcNames.Replies(service, new OriginHash(other.OriginHash)) : RpcNames.Requests(service);
            Assert.Equal(StreamIds.ForChannel(channel.Hash.Value), packet.Header.StreamId);
            Assert.Equal(channel.WireHash, packet.Header.ChannelHash);
        }
        Assert.NotEmpty(services);
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Nothing_follows_what_ours_takes_for_the_last_answer_of_a_call(string scenario)
    {
        // Long scenarios are cut, so a call need not have an end.
        int seen = 0;
        foreach (IGrouping<ulong, byte[]> call in Frames(Capture.Load(scenario)).Select(static frame => frame.Event).GroupBy(NumberOf))
        {
            byte[][] answers = [.. call.Where(static bytes => bytes[0] == (byte)RpcDispatch.Response)];
            for (int i = 0; i < answers.Length; i++)
            {
                Assert.True(ResponseFrame.TryParse(answers[i].AsSpan(EventMeta.Size), RpcLimits.MaxReferenceBodyBytes, out ResponseFrame answer, out _));
                bool goesOn = answer.Status == 0 && answer.Headers.Any(static header => header.Name == RpcHeaderNames.Streaming && header.GetString() == "continue");
                Assert.True(goesOn || i == answers.Length - 1, $"call 0x{call.Key:x}: {answers.Length - 1 - i} answers after the last");
                seen++;
            }
        }
        Assert.True(seen > 0);
    }

    [Fact]
    public void The_captures_have_every_kind_of_frame_in_them_but_grants_for_answers()
    {
        var kinds = new HashSet<RpcDispatch>();
        foreach (string scenario in Scenarios().Select(static row => row.Data))
            kinds.UnionWith(Frames(Capture.Load(scenario)).Select(static frame => (RpcDispatch)frame.Event[0]));
        Assert.Equal(new HashSet<RpcDispatch> { RpcDispatch.Request, RpcDispatch.Response, RpcDispatch.Cancel, RpcDispatch.RequestChunk, RpcDispatch.RequestGrant }, kinds);
    }

    private static IEnumerable<(CapturedPacket Packet, byte[] Event)> Frames(Capture capture) =>
        capture.Events(SubprotocolId.Events).Where(static frame => StreamIds.IsChannel(frame.Packet.Header.StreamId));

    private static ulong NumberOf(byte[] bytes)
    {
        Assert.True(EventMeta.TryRead(bytes, out EventMeta meta));
        return meta.Number;
    }

    private static string ServiceOf(byte[] bytes)
    {
        Assert.True(RequestFrame.TryParse(bytes.AsSpan(EventMeta.Size), RpcLimits.MaxReferenceBodyBytes, out RequestFrame request, out _));
        return RpcHeaderNames.TryDecode(request.Service)!;
    }

    private static OutboundEvent Written(byte[] bytes)
    {
        Assert.True(EventMeta.TryRead(bytes, out EventMeta meta));
        ReadOnlySpan<byte> rest = bytes.AsSpan(EventMeta.Size);
        uint credits;
        switch ((RpcDispatch)meta.Dispatch)
        {
            case RpcDispatch.Request:
                Assert.True(RequestFrame.TryParse(rest, RpcLimits.MaxReferenceBodyBytes, out RequestFrame request, out RpcDecodeError error), error.ToString());
                return RpcEvents.Request(meta.Origin, meta.Number, request.Service.ToArray(), request.DeadlineNs, request.Flags, request.Headers, request.Body);
            case RpcDispatch.Response:
                Assert.True(ResponseFrame.TryParse(rest, RpcLimits.MaxReferenceBodyBytes, out ResponseFrame response, out error), error.ToString());
                return RpcEvents.Response(meta.Origin, meta.Number, response.Status, response.Headers, response.Body);
            case RpcDispatch.RequestChunk:
                Assert.True(RequestChunkFrame.TryParse(rest, RpcLimits.MaxReferenceBodyBytes, out RequestChunkFrame chunk, out error), error.ToString());
                Assert.Equal(meta.Number, chunk.CallId);
                return RpcEvents.RequestChunk(meta.Origin, meta.Number, chunk.Flags, chunk.Body);
            case RpcDispatch.StreamGrant:
                Assert.True(GrantFrames.TryParseStream(rest, out credits));
                return RpcEvents.StreamGrant(meta.Origin, meta.Number, credits);
            case RpcDispatch.RequestGrant:
                Assert.True(GrantFrames.TryParseRequest(rest, meta.Number, out credits));
                return RpcEvents.RequestGrant(meta.Origin, meta.Number, credits);
            case RpcDispatch.Cancel:
                return RpcEvents.Cancel(meta.Origin, meta.Number);
            default:
                throw new Xunit.Sdk.XunitException($"An event 0x{meta.Dispatch:x2} is no frame of a call.");
        }
    }
}
