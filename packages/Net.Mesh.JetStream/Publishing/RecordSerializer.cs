using System.Buffers;
using NATS.Client.Core;
using Net.Mesh.Bus;

namespace Net.Mesh.JetStream;

/// <summary>Writes the stored record of an event straight into the client's buffer.</summary>
internal sealed class RecordSerializer : INatsSerialize<BatchEvent>
{
    public static RecordSerializer Instance { get; } = new();

    public void Serialize(IBufferWriter<byte> bufferWriter, BatchEvent value)
    {
        Span<byte> destination = bufferWriter.GetSpan(value.Payload.Length + StoredRecord.MaxOverhead);
        bufferWriter.Advance(StoredRecord.Write(value, destination));
    }
}
