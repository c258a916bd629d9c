using System.Net;
using Net.Mesh.Crypto;

namespace Net.Mesh.Core.Tests.MeshAdapter;

public sealed class OptionsTests
{
    private static readonly IPEndPoint Bind = IPEndPoint.Parse("0.0.0.0:0");

    [Fact]
    public void The_defaults_are_those_of_the_reference_but_for_the_shards()
    {
        using StaticKeyPair key = StaticKeyPair.Generate();
        MeshLinkOptions o = MeshLinkOptions.Responder(Bind, null, LinkWorld.Psk, key);
        Assert.Empty(o.Validate());
        Assert.Equal((TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), 3, TimeSpan.FromSeconds(5)),
            (o.HeartbeatInterval, o.SessionTimeout, o.HandshakeAttempts, o.HandshakeTimeout));
        Assert.False(o.IsReliable);
        Assert.Null(o.ReceiveShards);
        Assert.Equal(PeerAdmission.SecureOnly, o.PeerAdmission);
        Assert.DoesNotContain("42", o.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_problem_is_listed_at_once()
    {
        MeshLinkOptions o = MeshLinkOptions.Initiator(Bind, IPEndPoint.Parse("127.0.0.1:0"), new byte[31], default);
        o.HeartbeatInterval = TimeSpan.FromMilliseconds(9);
        o.SessionTimeout = TimeSpan.FromMilliseconds(9);
        o.HandshakeAttempts = 1_025;
        o.HandshakeTimeout = TimeSpan.Zero;
        o.ReceiveShards = 0;
        o.InboxMaxEvents = 0;
        o.InboxMaxBytes = 0;
        o.SocketBufferBytes = 1;
        string[] named = ["Psk", "PeerAddress", "PeerPublicKey", "HeartbeatInterval", "SessionTimeout", "HandshakeAttempts", "HandshakeTimeout", "ReceiveShards", "InboxMaxEvents", "InboxMaxBytes", "SocketBufferBytes"];
        Assert.Equal(named, o.Validate().Select(p => p.Split(' ')[0]["Mesh.".Length..]));
        EventBusException e = Assert.Throws<EventBusException>(() => new MeshEventAdapter(o));
        Assert.Equal(EventBusException.Configuration, e.Kind);
        Assert.All(named, name => Assert.Contains(name, e.Message, StringComparison.Ordinal));

        Assert.Contains("StaticKey", Assert.Single(MeshLinkOptions.Responder(Bind, null, LinkWorld.Psk, null!).Validate()), StringComparison.Ordinal);
    }
}
