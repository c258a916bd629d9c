using System.Text.Json;

namespace Net.Mesh.Benchmarks.Compare;

/// <summary>The medians of a comparison over all rounds.</summary>
/// <param name="Comparison">What was compared.</param>
/// <param name="Ours">Our median.</param>
/// <param name="Peer">The peer's median.</param>
/// <param name="Spread">(max − min) / median of ours over the rounds: how far the figure can be trusted.</param>
internal sealed record ComparisonResult(Comparison Comparison, double Ours, double Peer, double Spread)
{
    /// <summary>Ours ÷ peer; 1 when both are zero, infinite when only the peer's is.</summary>
    public double Ratio => Ours == Peer ? 1 : Ours / Peer;

    public static ComparisonResult From(Comparison comparison, IReadOnlyCollection<double> ours, IReadOnlyCollection<double> peer)
    {
        double median = Median(ours);
        return new(comparison, median, Median(peer), median == 0 ? 0 : (ours.Max() - ours.Min()) / median);
    }

    /// <summary>The result as one line of JSON; a ratio that JSON cannot write is null.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("name", Comparison.Name);
            writer.WriteString("peer_name", Comparison.PeerName);
            WriteFigure(writer, "ours", Ours);
            WriteFigure(writer, "peer", Peer);
            WriteFigure(writer, "ratio", Ratio);
            writer.WriteString("unit", Comparison.Unit);
            writer.WriteString("better", Comparison.Better == Better.Higher ? "higher" : "lower");
            WriteFigure(writer, "spread", Spread);
            writer.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteFigure(Utf8JsonWriter writer, string name, double figure)
    {
        if (double.IsFinite(figure))
            writer.WriteNumber(name, Math.Round(figure, 4));
        else
            writer.WriteNull(name);
    }

    private static double Median(IReadOnlyCollection<double> figures)
    {
        double[] sorted = [.. figures.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
