namespace Net.Mesh.Capabilities;

/// <summary>How the scores of several axes become one (spec 04 §16.1).</summary>
public static class AxisScores
{
    /// <summary>The product. Each is put between 0 and 1, what is not a number is 0, and none at all is 1.</summary>
    public static double Compose(params ReadOnlySpan<double> scores)
    {
        double product = 1;
        foreach (double score in scores)
        {
            product *= Clamp(score);
            if (product == 0)
                break;
        }
        return product;
    }

    internal static double Clamp(double score) => double.IsNaN(score) ? 0 : Math.Clamp(score, 0, 1);
}
