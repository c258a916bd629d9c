using System.Globalization;
using System.Text;

namespace Net.Mesh.Primitives;

/// <summary>What every page of figures in Prometheus' text form (version 0.0.4) has in common.</summary>
public static class PrometheusFormat
{
    /// <summary>Begins a family: two lines that say what it is.</summary>
    /// <param name="text">Is appended to.</param>
    /// <param name="name">The family's name.</param>
    /// <param name="type"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
    /// <param name="help">A line of plain words.</param>
    public static void AppendFamily(StringBuilder text, string name, string type, string help)
    {
        ArgumentNullException.ThrowIfNull(text);
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
    }

    /// <summary>A label's value as it stands between the quotation marks.</summary>
    public static string EscapeLabel(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal)
            .Replace("\r", "\\r", StringComparison.Ordinal);
    }
}
