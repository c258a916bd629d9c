namespace Net.Mesh.Cortex;

/// <summary>A value that can say what it is as an event of a log: implement it on your own events and hand them to an adapter.</summary>
public interface IEnvelopeConvertible
{
    /// <summary>The event. <see cref="EventEnvelope.Create"/> adds the checksum.</summary>
    EventEnvelope ToEnvelope();
}
