namespace Net.Mesh.Cortex.Rows;

/// <summary>
/// Where a query reads: an adapter runs it under its read lock, a bare state at once. The argument goes along so that nothing has
/// to be captured.
/// </summary>
internal interface IStateSource<TState>
{
    TResult Read<TArgument, TResult>(TArgument argument, Func<TState, TArgument, TResult> read);
}
