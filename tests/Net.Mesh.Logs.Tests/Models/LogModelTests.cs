using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Net.Mesh.Logs.Tests.Volumes;

namespace Net.Mesh.Logs.Tests.Models;

/// <summary>Any sequence of operations does to a log what it does to a list.</summary>
public sealed class LogModelTests
{
    private static readonly Gen<Step> Steps = Gen.Select(Gen.Int[0, 11], Gen.Byte.Array[0, 40], Gen.Int[0, 40], static (kind, payload, number) => new Step(kind, payload, number));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_log_does_what_a_list_does(bool onDisk) => Steps.Array[1, 60].Sample(steps => Run(steps, onDisk), iter: 1_500, threads: 1);

    private static void Run(Step[] steps, bool onDisk)
    {
        var volume = new MemoryVolume();
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 2, 2, 0, 0, 0, TimeSpan.Zero));
        var model = new List<(ulong Seq, string Payload, DateTimeOffset Time)>();
        ulong next = 0;
        RedexFileOptions options = new() { Persistent = onDisk, RetentionMaxEvents = 12, RetentionMaxBytes = 400, RetentionMaxAge = TimeSpan.FromSeconds(20) };
        Redex redex = TestLogs.On(volume, time);
        RedexFile log = redex.Open(TestLogs.Name, options);
        foreach (Step step in steps)
        {
            switch (step.Kind)
            {
                case 0 or 1 or 2:
                    Assert.Equal(next, log.Append(step.Payload));
                    Add(step.Payload);
                    break;
                case 3 or 4:
                    byte[] inline = [.. BitConverter.GetBytes((long)step.Number * 0x01000193)];
                    Assert.Equal(next, log.AppendInline(inline));
                    Add(inline);
                    break;
                case 5:
                    byte[][] batch = [.. Enumerable.Range(0, step.Number % 9).Select(i => step.Payload[..(step.Payload.Length * i / 9)])];
                    Assert.Equal(batch.Length == 0 ? null : next, log.AppendBatch([.. batch.Select(static bytes => new ReadOnlyMemory<byte>(bytes))]));
                    foreach (byte[] payload in batch)
                        Add(payload);
                    break;
                case 6:
                    time.Advance(TimeSpan.FromSeconds(step.Number));
                    break;
                case 7:
                    Assert.Equal(Sweep(), log.SweepRetention());
                    break;
                case 8:
                    ulong target = next + (ulong)step.Number - 5;
                    if (step.Number < 5)
                        target = 0;
                    log.SkipTo(target);
                    if (target > next)
                        (next, model) = (target, []);
                    break;
                case 9 when onDisk:
                    redex.DisposeAsync().AsTask().GetAwaiter().GetResult();
                    redex = TestLogs.On(volume, time);
                    log = redex.Open(TestLogs.Name, options);
                    Assert.Empty(log.Recovered!.Problems);
                    break;
                case 10 when onDisk:
                    // Another process takes over after this one was killed.
                    volume = volume.AfterKill(new Random(step.Number));
                    redex = TestLogs.On(volume, time);
                    log = redex.Open(TestLogs.Name, options);
                    Assert.False(log.Recovered!.HasLosses);
                    break;
                default:
                    ulong from = next < 10 ? 0 : next - (ulong)step.Number;
                    Assert.Equal(model.Where(entry => entry.Seq >= from && entry.Seq < from + 7).Select(static entry => entry.Seq), log.ReadRange(from, from + 7).Select(static read => read.Seq));
                    break;
            }
            Assert.Equal(model, log.ReadRange(0, ulong.MaxValue).Select(static read => (read.Seq, Convert.ToHexStringLower(read.Payload.Span), read.Timestamp)));
            Assert.Equal((model.Count, next), log.CountAndNextSeq);
            Assert.Equal(model.Count == 0 ? null : model[0].Seq, log.LowestRetainedSeq);
        }
        redex.DisposeAsync().AsTask().GetAwaiter().GetResult();

        void Add(byte[] payload) => model.Add((next++, Convert.ToHexStringLower(payload), time.GetUtcNow()));

        long Sweep()
        {
            int byCount = Math.Max(0, model.Count - 12);
            long room = 400;
            int kept = 0;
            foreach ((ulong seq, string payload, _) in Enumerable.Reverse(model))
            {
                room -= 20 + (log.ReadRange(seq, seq + 1).Single().Entry.IsInline ? 0 : payload.Length / 2);
                if (room < 0)
                    break;
                kept++;
            }
            int byAge = model.TakeWhile(entry => entry.Time < time.GetUtcNow() - TimeSpan.FromSeconds(20)).Count();
            int drop = Math.Max(byCount, Math.Max(model.Count - kept, byAge));
            model.RemoveRange(0, drop);
            return drop;
        }
    }

    public sealed record Step(int Kind, byte[] Payload, int Number);
}
