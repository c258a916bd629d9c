namespace Net.Mesh.Identities;

/// <summary>Seconds since 1970, as tokens count them.</summary>
internal static class UnixSeconds
{
    public static ulong Of(DateTimeOffset time) => (ulong)Math.Max(0, time.ToUnixTimeSeconds());

    public static ulong Add(ulong left, ulong right) => left > ulong.MaxValue - right ? ulong.MaxValue : left + right;

    public static ulong Subtract(ulong left, ulong right) => left < right ? 0 : left - right;
}
