namespace Net.Mesh.Channels.Tests;

public sealed class PendingMembershipTests
{
    private static readonly NodeId Publisher = new(1);
    private static readonly NodeId Stranger = new(2);

    [Fact]
    [Trait("spec", "03 I2")]
    public async Task An_answer_counts_only_from_the_one_who_was_asked_and_only_once()
    {
        var pending = new PendingMemberships();
        using PendingMembership question = pending.Open(Publisher);
        MembershipMessage ack = MembershipMessage.Ack(question.Nonce, true);
        Assert.False(pending.TryComplete(Stranger, ack));
        Assert.False(pending.TryComplete(Publisher, MembershipMessage.Ack(question.Nonce + 1, true)));
        Assert.False(pending.TryComplete(Publisher, MembershipMessage.Unsubscribe(question.Nonce, "a")));
        Assert.False(question.Answer.IsCompleted);
        Assert.Equal(1, pending.Count);
        Assert.True(pending.TryComplete(Publisher, ack));
        Assert.Same(ack, await question.Answer);
        Assert.False(pending.TryComplete(Publisher, ack));
        Assert.Equal(0, pending.Count);
    }

    [Fact]
    public void A_question_that_was_given_up_takes_no_answer()
    {
        var pending = new PendingMemberships();
        PendingMembership question = pending.Open(Publisher);
        question.Dispose();
        Assert.Equal(0, pending.Count);
        Assert.False(pending.TryComplete(Publisher, MembershipMessage.Ack(question.Nonce, true)));
    }

    [Fact]
    public void Numbers_of_questions_cannot_be_guessed()
    {
        var pending = new PendingMemberships();
        ulong[] nonces = [.. Enumerable.Range(0, 100).Select(_ => pending.Open(Publisher).Nonce)];
        Assert.Equal(100, nonces.Distinct().Count());
        Assert.Contains(nonces, nonce => nonce > uint.MaxValue);
        Assert.DoesNotContain(nonces.Zip(nonces.Skip(1)), pair => pair.Second == pair.First + 1);
    }
}
