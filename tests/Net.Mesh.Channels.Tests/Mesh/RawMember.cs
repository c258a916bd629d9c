using System.Security.Cryptography;
using Net.Mesh.Node;
using Net.Mesh.Wire;

namespace Net.Mesh.Channels.Tests.Mesh;

/// <summary>A peer that writes membership messages as it likes and takes down the answers; its node takes no part in channels.</summary>
internal sealed class RawMember : ISubprotocolHandler
{
    private readonly MeshNode _node;
    private readonly NodeId _publisher;

    public RawMember(MeshNode node, NodeId publisher)
    {
        _node = node;
        _publisher = publisher;
        node.Context.Register(this);
    }

    public ushort SubprotocolId => Wire.SubprotocolId.ChannelMembership;

    /// <summary>The reasons of the answers so far, in order; null for a yes.</summary>
    public List<AckReason?> Answers { get; } = [];

    public void Subscribe(ChannelName channel, TokenChain? chain = null, string? queueGroup = null) =>
        Send(MembershipCodec.Encode(MembershipMessage.Subscribe(Nonce(), channel, chain?.ToBytes() ?? [], queueGroup)));

    public void Send(ReadOnlyMemory<byte> message) => Assert.Equal(SendStatus.Sent, _node.Context.Send(_publisher, SubprotocolId, message));

    public void OnMessage(in SubprotocolMessage message)
    {
        Assert.True(MembershipCodec.TryDecode(message.Payload, out MembershipMessage? answer, out _));
        Answers.Add(answer.IsAccepted ? null : answer.Reason);
    }

    private static ulong Nonce() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
