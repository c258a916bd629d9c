namespace Net.Mesh.Cortex;

/// <summary>How the waits for tokens went, since the adapter was opened (spec 06 §7.6).</summary>
/// <param name="WaitsTotal">Waits that began.</param>
/// <param name="TimeoutsTotal">Those whose time was up.</param>
/// <param name="QueueFullTotal">Those that were turned away because too many wait.</param>
/// <param name="WrongOriginTotal">Those that were turned away because the token is somebody else's.</param>
/// <param name="WaitDurationNanosSum">How long they took in all, in nanoseconds.</param>
public readonly record struct RywMetrics(long WaitsTotal, long TimeoutsTotal, long QueueFullTotal, long WrongOriginTotal, long WaitDurationNanosSum);
