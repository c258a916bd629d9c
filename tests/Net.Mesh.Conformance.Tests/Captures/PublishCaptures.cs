using Net.Mesh.Channels;
using Net.Mesh.Wire;

namespace Net.Mesh.Conformance.Tests;

/// <summary>Publishes of a 0.27.2 node, and those that it took (spec 03 §5.4).</summary>
public sealed class PublishCaptures
{
    public static TheoryData<string> Scenarios() => [.. Capture.NamesWith(SubprotocolId.Events, isOnChannel: true)];

    public static TheoryData<string> ScenariosOfOneChannel() => ["reference_subscribes", "subject_subscribes", "token_from_reference", "token_to_reference"];

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_publish_names_its_channel_and_its_origin_as_ours_would(string scenario)
    {
        var capture = Capture.Load(scenario);
        foreach (CapturedPacket packet in Publishes(capture))
        {
            Assert.True(StreamIds.IsChannel(packet.Header.StreamId));
            Assert.Equal((ushort)packet.Header.StreamId, packet.Header.ChannelHash);
            Assert.Equal(capture.SenderOf(packet).OriginHash, packet.Header.OriginHash);
            Assert.Equal(packet.Header.OriginHash, Identity.OriginHashOf(capture.SenderOf(packet).EntityId).Value);
        }
    }

    [Theory]
    [MemberData(nameof(ScenariosOfOneChannel))]
    public void A_publish_travels_on_the_stream_of_the_channel_that_was_subscribed_to(string scenario)
    {
        var capture = Capture.Load(scenario);
        ChannelName channel = capture.Events(SubprotocolId.ChannelMembership)
            .Select(static one => MembershipCodec.TryDecode(one.Event, out MembershipMessage? message, out _) ? message : null)
            .First(static message => message is { Kind: MembershipKind.Subscribe })!.Channel;
        CapturedPacket[] publishes = [.. Publishes(capture)];
        Assert.NotEmpty(publishes);
        Assert.All(publishes, packet => Assert.Equal(new ChannelId(channel).StreamId, packet.Header.StreamId));
        Assert.All(publishes, packet => Assert.Equal(channel.WireHash, packet.Header.ChannelHash));
        Assert.Equal(Enumerable.Range(0, publishes.Length).Select(static i => (ulong)i), publishes.Select(static packet => packet.Header.Sequence));
    }

    private static IEnumerable<CapturedPacket> Publishes(Capture capture) =>
        capture.Packets.Where(static packet => packet.Header.SubprotocolId == SubprotocolId.Events && packet.Header.ChannelHash != 0);
}
