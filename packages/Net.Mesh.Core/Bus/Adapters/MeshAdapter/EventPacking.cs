using Net.Mesh.Wire;

namespace Net.Mesh.Bus;

/// <summary>How a batch becomes packets: greedily, in order, an event never split (spec 05 §13.3).</summary>
internal static class EventPacking
{
    /// <summary>How many of the first events go into one packet together.</summary>
    /// <param name="events">The events that are left of the batch; none larger than a packet carries.</param>
    /// <param name="bytes">The bytes of their frames.</param>
    public static int CountFitting(ReadOnlySpan<BatchEvent> events, out int bytes)
    {
        bytes = 0;
        int count = 0;
        foreach (ref readonly BatchEvent e in events)
        {
            int size = WireLimits.FrameHeaderBytes + e.Payload.Length;
            if (bytes + size > WireLimits.MaxPayloadBytes)
                break;
            bytes += size;
            count++;
        }
        return count;
    }

    /// <summary>Writes the frames of events that fit one packet.</summary>
    public static void Write(ReadOnlySpan<BatchEvent> events, Span<byte> destination)
    {
        foreach (ref readonly BatchEvent e in events)
            destination = destination[EventFrames.Write(destination, e.Payload.Span)..];
    }

    /// <summary>
    /// Refuses a batch with an event that no packet carries, before anything of it is sent: the reference sends such a packet and
    /// its peer drops it unseen (spec 05 §19 I3).
    /// </summary>
    /// <exception cref="AdapterException">An event is too large.</exception>
    public static void ThrowIfTooLarge(EventBatch batch)
    {
        ReadOnlySpan<BatchEvent> events = batch.Events.Span;
        for (int i = 0; i < events.Length; i++)
        {
            if (events[i].Payload.Length > WireLimits.MaxEventBytes)
                throw new AdapterException(AdapterErrorKind.Serialization,
                    $"event {i} of a batch of shard {batch.ShardId} has {events[i].Payload.Length} bytes; one packet of the mesh carries at most {WireLimits.MaxEventBytes}. Nothing of the batch was sent. Split the event");
        }
    }
}
