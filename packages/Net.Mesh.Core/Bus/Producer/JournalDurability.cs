namespace Net.Mesh;

/// <summary>What the producer journal survives; see <see cref="EventBusOptions.ProducerNonceFile"/>.</summary>
public enum JournalDurability
{
    /// <summary>The process may be killed at any moment; written to the operating system before each batch.</summary>
    Process,

    /// <summary>The machine may lose power at any moment; forced to the disk before each batch, which costs a disk flush per batch.</summary>
    Machine,
}
