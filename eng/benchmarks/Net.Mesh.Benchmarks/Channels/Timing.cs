using System.Diagnostics;
using Net.Mesh.Benchmarks.Compare;

namespace Net.Mesh.Benchmarks.Channels;

/// <summary>Times what is done again and again.</summary>
internal static class Timing
{
    /// <summary>Nanoseconds for one turn of <paramref name="act"/>, which is given the number of its turn.</summary>
    public static Task<double> NanosecondsAsync(MeasureContext context, Action<int> act)
    {
        int turns = 0;
        long start = Stopwatch.GetTimestamp();
        // The clock is looked at every 16 turns, so that it does not count in what takes a microsecond.
        while (Stopwatch.GetElapsedTime(start) < context.Duration)
        {
            for (int i = 0; i < 16; i++)
                act(turns++);
        }
        return Task.FromResult(Stopwatch.GetElapsedTime(start).TotalNanoseconds / turns);
    }

    /// <summary>A figure that is not measured here: a bar that was asked for, or one that was published.</summary>
    public static Measure Figure(double figure) => _ => Task.FromResult(figure);
}
