using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Net.Mesh.Node;
using Net.Mesh.Sessions;
using Net.Mesh.Wire;

namespace Net.Mesh.Streams;

/// <summary>Reads the messages of a stream one after another; allocates nothing per message. One consumer.</summary>
internal sealed class MessageReader(StreamPort port, StreamReadOptions options, CancellationToken cancellationToken) : IAsyncEnumerator<StreamMessage>
{
    private InboundPacket _packet;
    private int _offset;
    private int _index;

    public StreamMessage Current { get; private set; }

    /// <summary>The hash of the publisher that the current message's packet names.</summary>
    public OriginHash CurrentOrigin => new(_packet.OriginHash);

    public ValueTask<bool> MoveNextAsync() => TryMoveNext() ? new(true) : WaitAsync();

    public ValueTask DisposeAsync()
    {
        ReturnPacket();
        return ValueTask.CompletedTask;
    }

    private bool TryMoveNext()
    {
        while (true)
        {
            if (_packet.Buffer is not null && TryNextEvent())
                return true;
            ReturnPacket();
            if (!port.TryTake(out _packet))
                return false;
            _offset = 0;
            _index = 0;
        }
    }

    private bool TryNextEvent()
    {
        ReadOnlyMemory<byte> payload;
        if (_packet.IsWhole)
        {
            if (_index > 0)
                return false;
            payload = _packet.Buffer.AsMemory(0, _packet.Length);
        }
        else
        {
            if (_index >= _packet.EventCount || _packet.Length - _offset < WireLimits.FrameHeaderBytes)
                return false;
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(_packet.Buffer.AsSpan(_offset));
            // Frames end silently at the first that is incomplete (spec 01 §4).
            if (length > (uint)(_packet.Length - _offset - WireLimits.FrameHeaderBytes))
                return false;
            payload = _packet.Buffer.AsMemory(_offset + WireLimits.FrameHeaderBytes, (int)length);
            _offset += WireLimits.FrameHeaderBytes + (int)length;
        }
        Current = new(options.CopyPayloads ? payload.ToArray() : payload, _packet.Sequence, _index++);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WaitAsync()
    {
        while (true)
        {
            bool hasEnded = port.HasReceiveEnded;
            if (TryMoveNext())
                return true;
            if (hasEnded)
                return port.ReceiveFailure is { } failure ? throw failure : false;
            cancellationToken.ThrowIfCancellationRequested();
            port.State.Inbound.Changed.ContinuesInline = options.AllowSynchronousContinuations;
            await port.WaitForArrivalAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private void ReturnPacket()
    {
        if (_packet.Buffer is null)
            return;
        port.Return(_packet);
        _packet = default;
    }
}
