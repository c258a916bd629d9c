using System.Buffers.Binary;
using System.Collections.Concurrent;
using Net.Mesh.Node;

namespace Net.Mesh.Cli.Nodes;

/// <summary>
/// Answers pings and sends them. It is a subprotocol of this tool in the range for experiments, so only peers that run netmesh
/// answer. A request is <c>01 ‖ sequence u32 LE ‖ padding</c>, its answer the same with 02 in front.
/// </summary>
internal sealed class Echo : IMeshFeature, ISubprotocolHandler
{
    public const int HeaderBytes = 5;
    public const int MaxBytes = 1024;

    private const byte Request = 1;
    private const byte Answer = 2;

    private readonly ConcurrentDictionary<uint, TaskCompletionSource<long>> _waiting = new();
    private MeshContext? _context;
    private uint _sequence;

    public ushort SubprotocolId => 0xF0EC;

    private MeshContext Context => _context ?? throw new InvalidOperationException("The echo is not attached to a node.");

    public ValueTask AttachAsync(MeshContext context, CancellationToken cancellationToken)
    {
        _context = context;
        context.Register(this);
        return ValueTask.CompletedTask;
    }

    public ValueTask DetachAsync()
    {
        _context?.Unregister(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>Sends a ping and waits for its answer.</summary>
    /// <returns>The round trip; null when no answer came in time.</returns>
    public async Task<TimeSpan?> PingAsync(NodeId peer, int bytes, TimeSpan limit, CancellationToken cancellationToken)
    {
        uint sequence = Interlocked.Increment(ref _sequence);
        byte[] message = new byte[Math.Clamp(bytes, HeaderBytes, MaxBytes)];
        message[0] = Request;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(1), sequence);
        var answered = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[sequence] = answered;
        try
        {
            long sent = Context.Time.GetTimestamp();
            if (Context.Send(peer, SubprotocolId, message) == SendStatus.NotConnected)
                return null;
            long received = await answered.Task.WaitAsync(limit, Context.Time, cancellationToken).ConfigureAwait(false);
            return Context.Time.GetElapsedTime(sent, received);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _waiting.TryRemove(sequence, out _);
        }
    }

    public void OnMessage(in SubprotocolMessage message)
    {
        ReadOnlySpan<byte> payload = message.Payload;
        if (payload.Length is < HeaderBytes or > MaxBytes)
            return;
        if (payload[0] == Request)
        {
            byte[] answer = payload.ToArray();
            answer[0] = Answer;
            Context.Send(message.Sender.NodeId, SubprotocolId, answer);
        }
        else if (payload[0] == Answer && _waiting.TryRemove(BinaryPrimitives.ReadUInt32LittleEndian(payload[1..]), out TaskCompletionSource<long>? waiting))
        {
            waiting.TrySetResult(Context.Time.GetTimestamp());
        }
    }
}
