using Net.Mesh.Capabilities;
using Net.Mesh.Channels;
using Net.Mesh.Identities;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Membership messages that a 0.27.2 node sent and understood (spec 03 §4).</summary>
public sealed class MembershipCaptures
{
    public static TheoryData<string> Scenarios() => [.. Capture.NamesWith(SubprotocolId.ChannelMembership)];

    public static TheoryData<string> ScenariosWithTokens() => ["token_from_reference", "token_to_reference"];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_message_is_read_and_written_to_the_same_bytes(string scenario)
    {
        foreach ((CapturedPacket packet, byte[] bytes) in Capture.Load(scenario).Events(SubprotocolId.ChannelMembership))
        {
            Assert.Equal(StreamIds.ForSubprotocol(SubprotocolId.ChannelMembership), packet.Header.StreamId);
            Assert.True(MembershipCodec.TryDecode(bytes, out MembershipMessage? message, out MembershipError error), error.ToString());
            Assert.Equal(bytes, MembershipCodec.Encode(message));
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_question_has_one_answer_from_the_other_side(string scenario)
    {
        List<(CapturedPacket Packet, MembershipMessage Message)> said = Messages(scenario);
        foreach ((CapturedPacket asked, MembershipMessage question) in said.Where(static one => one.Message.Kind != MembershipKind.Ack))
        {
            (CapturedPacket answered, _) = Assert.Single(said, other => other.Message.Kind == MembershipKind.Ack && other.Message.Nonce == question.Nonce);
            Assert.NotEqual(asked.IsFromSubject, answered.IsFromSubject);
        }
    }

    [Theory]
    [MemberData(nameof(ScenariosWithTokens))]
    public void Our_gate_lets_on_and_refuses_whom_that_publisher_did(string scenario)
    {
        var capture = Capture.Load(scenario);
        List<(CapturedPacket Packet, MembershipMessage Message)> said = Messages(scenario);
        TokenChain[] chains = [.. said.Where(static one => !one.Message.Token.IsEmpty).Select(static one => TokenChain.Parse(one.Message.Token.Span))];
        Assert.All(chains, static chain => Assert.All(chain.Tokens, static token => Assert.True(token.Verify())));
        EntityId root = chains.Select(static chain => chain.Tokens[0].Issuer).Distinct().Single();
        var now = DateTimeOffset.FromUnixTimeSeconds((long)chains.SelectMany(static chain => chain.Tokens).Max(static token => token.NotBefore));
        int decided = 0;
        foreach ((CapturedPacket packet, MembershipMessage question) in said.Where(static one => one.Message.Kind == MembershipKind.Subscribe))
        {
            ChannelConfig config = new ChannelConfig(question.Channel).WithTokenRoots(root);
            CapturedNode asking = capture.SenderOf(packet);
            var claim = new SubscribeClaim(asking.NodeId, question.Channel, question.Token, null, asking.EntityId, CapabilitySet.Empty, default, null);
            AckReason? reason = SubscribeGate.Decide(config, claim, new TokenTerms(null, now, TimeSpan.Zero), out _);
            MembershipMessage answer = said.Single(one => one.Message.Kind == MembershipKind.Ack && one.Message.Nonce == question.Nonce).Message;
            Assert.Equal((answer.IsAccepted, answer.Reason), (reason is null, reason));
            decided++;
        }
        Assert.True(decided >= 2, "there is nothing to decide");
    }

    private static List<(CapturedPacket Packet, MembershipMessage Message)> Messages(string scenario) =>
    [
        .. Capture.Load(scenario).Events(SubprotocolId.ChannelMembership).Select(static one =>
        {
            Assert.True(MembershipCodec.TryDecode(one.Event, out MembershipMessage? message, out _));
            return (one.Packet, message);
        }),
    ];
}
