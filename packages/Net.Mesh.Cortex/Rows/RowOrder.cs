namespace Net.Mesh.Cortex.Rows;

/// <summary>
/// Orders of rows. Rows that are equal by time come in the order of their ids, so that the same state always gives the same
/// list (spec 06 §13.7).
/// </summary>
internal static class RowOrder
{
    public static Comparison<T> ById<T>()
        where T : class, IRow => static (a, b) => a.Id.CompareTo(b.Id);

    public static Comparison<T> ByIdDescending<T>()
        where T : class, IRow => static (a, b) => b.Id.CompareTo(a.Id);

    public static Comparison<T> ByCreated<T>()
        where T : class, IRow => static (a, b) => Then(a.CreatedNs.CompareTo(b.CreatedNs), a, b);

    public static Comparison<T> ByCreatedDescending<T>()
        where T : class, IRow => static (a, b) => Then(b.CreatedNs.CompareTo(a.CreatedNs), a, b);

    public static Comparison<T> ByUpdated<T>()
        where T : class, IRow => static (a, b) => Then(a.UpdatedNs.CompareTo(b.UpdatedNs), a, b);

    public static Comparison<T> ByUpdatedDescending<T>()
        where T : class, IRow => static (a, b) => Then(b.UpdatedNs.CompareTo(a.UpdatedNs), a, b);

    private static int Then<T>(int byTime, T a, T b)
        where T : class, IRow => byTime != 0 ? byTime : a.Id.CompareTo(b.Id);
}
