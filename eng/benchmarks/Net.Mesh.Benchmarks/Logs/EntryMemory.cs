using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Logs;

/// <summary>What an entry keeps of memory.</summary>
internal static class EntryMemory
{
    private const int Entries = 1_000_000;

    public static IEnumerable<Comparison> Comparisons()
    {
        yield return new("RedEX: memory of an inline entry, 8 B", "the index entry and the time on disk", "B/entry", Better.Lower, OursAsync, Channels.Timing.Figure(28));
        yield return new("RedEX: memory of an inline entry, 8 B", "List<byte[]>", "B/entry", Better.Lower, OursAsync, ListAsync);
    }

    private static async Task<double> OursAsync(MeasureContext context)
    {
        byte[] payload = LogLoad.Payload(8);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await using RedexSubject subject = RedexSubject.InMemory(isInline: true);
        subject.Append(payload, Entries);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        return subject.Log.Count == Entries ? (double)(after - before) / Entries : throw new InvalidOperationException("entries are missing.");
    }

    private static Task<double> ListAsync(MeasureContext context)
    {
        byte[] payload = LogLoad.Payload(8);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        var list = new List<byte[]>();
        for (int i = 0; i < Entries; i++)
            list.Add(payload.AsSpan().ToArray());
        long after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(list);
        return Task.FromResult((double)(after - before) / Entries);
    }
}
