using Net.Mesh.Cortex.Rows;

namespace Net.Mesh.Cortex;

/// <summary>A task as the log has made it (spec 06 §5). It never changes: the next event makes another.</summary>
/// <param name="Id">Chosen by whoever created it.</param>
/// <param name="Title">What is to be done.</param>
/// <param name="Status">Whether it is done.</param>
/// <param name="CreatedNs">When it was created, in Unix nanoseconds, as the writer said.</param>
/// <param name="UpdatedNs">When it was last changed, likewise.</param>
public sealed record TaskItem(ulong Id, string Title, TaskItemStatus Status, ulong CreatedNs, ulong UpdatedNs) : IRow
{
    /// <summary>When it was created.</summary>
    public DateTimeOffset CreatedAt => UnixNanoseconds.ToDateTimeOffset(CreatedNs);

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt => UnixNanoseconds.ToDateTimeOffset(UpdatedNs);

    bool IRow.IsFlagged => Status == TaskItemStatus.Completed;
}
