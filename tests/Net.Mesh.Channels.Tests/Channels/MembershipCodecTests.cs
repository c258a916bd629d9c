namespace Net.Mesh.Channels.Tests;

public sealed class MembershipCodecTests
{
    private static readonly byte[] Subscribe = MembershipCodec.Encode(MembershipMessage.Subscribe(7, "svc/req", new byte[170], "workers"));
    private static readonly byte[] Unsubscribe = MembershipCodec.Encode(MembershipMessage.Unsubscribe(8, "svc/req"));
    private static readonly byte[] Ack = MembershipCodec.Encode(MembershipMessage.Ack(9, false, AckReason.RateLimited));

    [Fact]
    public void Messages_come_back_as_they_were() => Gen.Select(Gen.ULong, Gen.Byte.Array[0, 400], Gen.String[1, 60].Where(IsGroup)).Sample((nonce, token, group) =>
    {
        byte[] bytes = MembershipCodec.Encode(MembershipMessage.Subscribe(nonce, "a/b", token, group));
        return MembershipCodec.TryDecode(bytes, out MembershipMessage? read, out _)
            && read.Nonce == nonce && read.Token.Span.SequenceEqual(token) && read.QueueGroup == group && read.Channel == "a/b"
            && MembershipCodec.Encode(read).SequenceEqual(bytes);
    }, iter: 300);

    [Fact]
    [Trait("spec", "03 I1")]
    public void Every_shorter_form_is_refused_or_another_legal_message()
    {
        foreach (byte[] whole in (byte[][])[Subscribe, Unsubscribe, Ack])
        {
            for (int length = 0; length < whole.Length; length++)
            {
                bool isMessage = MembershipCodec.TryDecode(whole.AsSpan(0, length), out MembershipMessage? read, out MembershipError error);
                Assert.Equal(isMessage, error.Fault == MembershipFault.None);
                // What is left when a subscription ends after its name or its credential is a subscription without the rest.
                Assert.True(!isMessage || read!.QueueGroup is null, $"{length} of {whole.Length}");
            }
            Assert.False(MembershipCodec.TryDecode([.. whole, 0], out _, out _));
        }
    }

    [Fact]
    [Trait("spec", "03 I1")]
    public void Changed_and_random_bytes_never_throw()
    {
        Gen.Byte.Array[0, 300].Sample(IsJudged, iter: 2000);
        Gen.Select(Gen.OneOf(Subscribe, Unsubscribe, Ack), Gen.Int[0, 10_000], Gen.Byte).Sample((whole, at, value) =>
        {
            byte[] changed = [.. whole];
            changed[at % changed.Length] = value;
            return IsJudged(changed);
        }, iter: 3000);
    }

    [Fact]
    public void What_could_not_be_sent_is_refused_before()
    {
        Assert.Throws<ArgumentException>(() => MembershipMessage.Subscribe(1, "a", new byte[65_536]));
        Assert.Throws<ArgumentException>(() => MembershipMessage.Subscribe(1, "a", queueGroup: ""));
        Assert.Throws<ArgumentException>(() => MembershipMessage.Subscribe(1, "a", queueGroup: new string('é', 128)));
        Assert.Throws<ArgumentException>(() => MembershipMessage.Subscribe(1, "a", queueGroup: "\ud800"));
        Assert.Throws<ArgumentException>(() => MembershipMessage.Subscribe(1, default));
        Assert.True(MembershipCodec.TryDecode(MembershipCodec.Encode(MembershipMessage.Subscribe(1, "a", new byte[65_535], new string('g', 255))), out _, out _));
    }

    private static bool IsJudged(byte[] bytes)
    {
        bool isMessage = MembershipCodec.TryDecode(bytes, out MembershipMessage? message, out MembershipError error);
        return isMessage == (message is not null) && isMessage == (error.Fault == MembershipFault.None);
    }

    private static bool IsGroup(string text)
    {
        try
        {
            QueueGroups.ThrowIfInvalid(text);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
