namespace Net.Mesh.Cortex.Rows;

/// <summary>The constraints that tasks and memories share. All bounds are inclusive (spec 06 §7.1).</summary>
internal readonly record struct RowRange(
    ulong? CreatedAfterNs, ulong? CreatedBeforeNs, ulong? UpdatedAfterNs, ulong? UpdatedBeforeNs, IReadOnlySet<ulong>? Ids)
{
    public bool IsEverything => this == default;

    public bool Matches<T>(T row)
        where T : class, IRow =>
        !(row.CreatedNs < CreatedAfterNs)
        && !(row.CreatedNs > CreatedBeforeNs)
        && !(row.UpdatedNs < UpdatedAfterNs)
        && !(row.UpdatedNs > UpdatedBeforeNs)
        && (Ids is null || Ids.Contains(row.Id));
}
