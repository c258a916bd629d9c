using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Capabilities;
using Net.Mesh.Identities;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>What it costs to take an announcement in, step by step and as a whole.</summary>
internal sealed class FoldRates
{
    private const double BarPerSecond = 50_000;
    private const string Bar = "the bar";
    private const string Published = "Net 0.27.2 as published (i9-14900K)";

    private static readonly NodeId Relay = new(42);

    private readonly SignedAnnouncements _signed = new();

    public IEnumerable<Comparison> Comparisons()
    {
        yield return new("Net.Mesh: announcement, decode", Published, "ns", Better.Lower, DecodeAsync, Timing.Figure(9_560));
        yield return new("Net.Mesh: announcement, signature", Bar, "ns", Better.Lower, SignatureAsync, Timing.Figure(1e9 / BarPerSecond));
        yield return new("Net.Mesh: announcement, insert into the index", Published, "ns", Better.Lower, InsertAsync, Timing.Figure(31_000));
        yield return new("Net.Mesh: announcement, the same set again, into the index", Published, "ns", Better.Lower, UpdateAsync, Timing.Figure(21_600));
        yield return Fold("fold, each of a new node, 1 core", cores: 1, static (_, count) => SignedAnnouncements.MakeOfNewNodes(count));
        yield return Fold("fold, each of a new node, 2 cores", cores: 2, static (_, count) => SignedAnnouncements.MakeOfNewNodes(count));
        yield return Fold("fold, 1000 nodes again and again, 1 core", cores: 1, static (signed, count) => signed.Make(count));
        yield return Fold("fold, 1000 nodes again and again, 2 cores", cores: 2, static (signed, count) => signed.Make(count));
        yield return Fold("fold, the same from three peers, 2 cores", cores: 2, static (signed, count) => signed.Make(count), repeats: 3);
    }

    private Comparison Fold(string name, int cores, Func<SignedAnnouncements, int, byte[][]> make, int repeats = 1) => new(
        $"Net.Mesh: {name}", Bar, "announcements/s", Better.Higher, context => FoldAsync(context, cores, repeats, make), Timing.Figure(BarPerSecond));

    private Task<double> DecodeAsync(MeasureContext context)
    {
        byte[][] announcements = _signed.Make(256);
        return Timing.NanosecondsAsync(context, turn =>
        {
            if (!CapabilityAnnouncement.TryFromBytes(announcements[turn & 255], out _))
                throw new InvalidOperationException("it is no announcement.");
        });
    }

    private Task<double> SignatureAsync(MeasureContext context)
    {
        CapabilityAnnouncement[] announcements = [.. _signed.Make(256).Select(Read)];
        return Timing.NanosecondsAsync(context, turn =>
        {
            if (!announcements[turn & 255].Verify())
                throw new InvalidOperationException("the signature is wrong.");
        });
    }

    // Of 10,000 nodes: half are there, and the others come in turn and go in turn, untimed.
    private static Task<double> InsertAsync(MeasureContext context)
    {
        const int Count = 10_000;
        CapabilityAnnouncement[] announcements = [.. Enumerable.Range(0, Count).Select(i => IndexWorld.AnnouncementOf(i, 1, Count))];
        foreach (CapabilityAnnouncement announcement in announcements)
            _ = announcement.Capabilities.Views.Hardware;
        CapabilityIndex index = IndexWorld.New();
        foreach (CapabilityAnnouncement announcement in announcements.AsSpan(0, Count / 2))
            index.Apply(announcement);
        long ticks = 0;
        long inserted = 0;
        do
        {
            long start = Stopwatch.GetTimestamp();
            foreach (CapabilityAnnouncement announcement in announcements.AsSpan(Count / 2))
                index.Apply(announcement);
            ticks += Stopwatch.GetTimestamp() - start;
            inserted += Count / 2;
            foreach (CapabilityAnnouncement announcement in announcements.AsSpan(Count / 2))
                index.Evict(announcement.NodeId);
        }
        while (ticks < context.Duration.TotalSeconds * Stopwatch.Frequency);
        return Task.FromResult(ticks * 1e9 / Stopwatch.Frequency / inserted);
    }

    private static Task<double> UpdateAsync(MeasureContext context)
    {
        const int Count = 10_000;
        CapabilityIndex index = IndexWorld.IndexOf(Count);
        // Sets of their own, as a decoder makes them.
        CapabilityAnnouncement[] again = [.. Enumerable.Range(0, 512).Select(i => IndexWorld.AnnouncementOf(i, 1, Count))];
        return Timing.NanosecondsAsync(context, turn => index.Apply(again[turn & 511] with { Version = (ulong)turn + 2 }));
    }

    private async Task<double> FoldAsync(MeasureContext context, int cores, int repeats, Func<SignedAnnouncements, int, byte[][]> make)
    {
        // As many as two cores can fold, and every version once.
        byte[][] announcements = make(_signed, (int)(60_000 * Math.Min(1, context.Duration.TotalSeconds)));
        var intake = new AnnouncementIntake(new NodeId(1), new AnnouncementIntakeOptions(), new PeerPins(), TimeProvider.System);
        CapabilityIndex index = IndexWorld.New();
        int next = 0;
        int total = announcements.Length * repeats;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, cores).Select(_ => Task.Factory.StartNew(Fold, context.Stop, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        int folded = Math.Min(next, total);
        return folded / Stopwatch.GetElapsedTime(start).TotalSeconds;

        void Fold()
        {
            while (Stopwatch.GetElapsedTime(start) < context.Duration)
            {
                int at = Interlocked.Increment(ref next) - 1;
                if (at >= total)
                    return;
                AnnouncementVerdict verdict = intake.Receive(announcements[at / repeats], Relay, index);
                if (verdict.IsAccepted)
                    index.Apply(verdict.Announcement!.ToLocalCopy(), verdict.Announcement);
                else if (verdict.Outcome != AnnouncementOutcome.Duplicate || repeats == 1)
                    throw new InvalidOperationException($"an announcement was dropped: {verdict.Outcome}.");
            }
        }
    }

    private static CapabilityAnnouncement Read(byte[] bytes) =>
        CapabilityAnnouncement.TryFromBytes(bytes, out CapabilityAnnouncement? read) ? read : throw new InvalidOperationException("it is no announcement.");
}
