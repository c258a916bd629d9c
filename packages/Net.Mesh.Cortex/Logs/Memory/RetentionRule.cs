namespace Net.Mesh.Cortex.Logs;

/// <summary>How much of a log stays; each limit that is set counts (spec 06 §1.7).</summary>
internal readonly record struct RetentionRule(long? MaxEvents, long? MaxBytes, TimeSpan? MaxAge)
{
    public bool IsActive => MaxEvents is not null || MaxBytes is not null || MaxAge is not null;
}
