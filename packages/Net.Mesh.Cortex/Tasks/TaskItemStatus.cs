namespace Net.Mesh.Cortex;

/// <summary>Whether a task is done.</summary>
public enum TaskItemStatus
{
    /// <summary>It is to be done.</summary>
    Pending,

    /// <summary>It is done.</summary>
    Completed,
}
