namespace Net.Mesh.Cortex.Rows;

/// <summary>What the table and the queries need of a record.</summary>
internal interface IRow
{
    ulong Id { get; }

    ulong CreatedNs { get; }

    ulong UpdatedNs { get; }

    /// <summary>The yes-or-no that the table keeps rows apart by: a task is completed, a memory is pinned.</summary>
    bool IsFlagged { get; }
}
