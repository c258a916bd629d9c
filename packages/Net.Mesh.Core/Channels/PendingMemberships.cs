using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Net.Mesh.Channels;

/// <summary>
/// The questions to publishers that are not answered yet (spec 03 §4.4). An answer counts only from the one who was asked. Any
/// thread may call any member.
/// </summary>
public sealed class PendingMemberships
{
    /// <summary>The most questions at once: 65,536.</summary>
    public const int MaxPending = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Question> _questions = [];

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _questions.Count;
        }
    }

    /// <summary>Opens a question under a number that nobody can guess.</summary>
    /// <param name="publisher">Who is asked.</param>
    /// <exception cref="ChannelException">Kind <c>too-many</c>: <see cref="MaxPending"/> are open.</exception>
    public PendingMembership Open(NodeId publisher)
    {
        var answer = new TaskCompletionSource<MembershipMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        lock (_gate)
        {
            if (_questions.Count >= MaxPending)
                throw new ChannelException("too-many", $"{MaxPending} questions to publishers are open; wait for answers first.");
            ulong nonce;
            do
            {
                RandomNumberGenerator.Fill(bytes);
                nonce = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            }
            while (!_questions.TryAdd(nonce, new(publisher, answer)));
            return new(this, nonce, answer.Task);
        }
    }

    /// <summary>Takes an answer in; false when it answers nothing, or comes from somebody else: the question stays open then.</summary>
    public bool TryComplete(NodeId sender, MembershipMessage ack)
    {
        ArgumentNullException.ThrowIfNull(ack);
        Question question;
        lock (_gate)
        {
            if (ack.Kind != MembershipKind.Ack || !_questions.TryGetValue(ack.Nonce, out question) || question.Publisher != sender)
                return false;
            _questions.Remove(ack.Nonce);
        }
        return question.Answer.TrySetResult(ack);
    }

    internal void Close(ulong nonce)
    {
        lock (_gate)
            _questions.Remove(nonce);
    }

    private readonly record struct Question(NodeId Publisher, TaskCompletionSource<MembershipMessage> Answer);
}

/// <summary>A question to a publisher. Disposing of it closes it, answered or not.</summary>
public sealed class PendingMembership : IDisposable
{
    private readonly PendingMemberships _owner;

    internal PendingMembership(PendingMemberships owner, ulong nonce, Task<MembershipMessage> answer)
    {
        _owner = owner;
        Nonce = nonce;
        Answer = answer;
    }

    /// <summary>The number that the answer has to carry.</summary>
    public ulong Nonce { get; }

    /// <summary>The answer, when it comes. Wait with a time limit: it may never come.</summary>
    public Task<MembershipMessage> Answer { get; }

    /// <summary>Closes the question; an answer that comes later is ignored.</summary>
    public void Dispose() => _owner.Close(Nonce);
}
