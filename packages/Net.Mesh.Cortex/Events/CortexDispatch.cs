namespace Net.Mesh.Cortex;

/// <summary>What the first byte of an event says it is (spec 06 §4.1, §5, §6).</summary>
public static class CortexDispatch
{
    /// <summary>Bytes that no model claims.</summary>
    public const byte Raw = 0x00;

    /// <summary>A task is created, or replaced as a whole.</summary>
    public const byte TaskCreated = 0x01;

    /// <summary>A task gets another title.</summary>
    public const byte TaskRenamed = 0x02;

    /// <summary>A task is done.</summary>
    public const byte TaskCompleted = 0x03;

    /// <summary>A task is removed.</summary>
    public const byte TaskDeleted = 0x04;

    /// <summary>A memory is stored, or its content replaced.</summary>
    public const byte MemoryStored = 0x10;

    /// <summary>A memory gets other tags.</summary>
    public const byte MemoryRetagged = 0x11;

    /// <summary>A memory is pinned.</summary>
    public const byte MemoryPinned = 0x12;

    /// <summary>A memory is no longer pinned.</summary>
    public const byte MemoryUnpinned = 0x13;

    /// <summary>A memory is removed.</summary>
    public const byte MemoryDeleted = 0x14;

    /// <summary>From here to 0xFF the application decides.</summary>
    public const byte FirstOfApplication = 0x80;
}
