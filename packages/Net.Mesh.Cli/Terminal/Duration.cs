using System.Globalization;

namespace Net.Mesh.Cli.Terminal;

/// <summary>Spans of time as people write them: <c>1.5</c>, <c>300ms</c>, <c>30s</c>, <c>5m</c>, <c>2h</c>, <c>7d</c>. Without a unit they are seconds.</summary>
internal static class Duration
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

    public static bool TryParse(string text, out double seconds)
    {
        ReadOnlySpan<char> number = text;
        double factor = 1;
        foreach ((string unit, double ofUnit) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal))
                continue;
            number = text.AsSpan(0, text.Length - unit.Length);
            factor = ofUnit;
            break;
        }
        bool isNumber = double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out seconds) && double.IsFinite(seconds);
        seconds *= factor;
        return isNumber;
    }

    /// <summary>The largest unit and the one below it, such as <c>4 m 59 s</c>.</summary>
    public static string Text(TimeSpan time) => time switch
    {
        { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours} h",
        { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes} m",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes} m {time.Seconds} s",
        _ => $"{(int)time.TotalSeconds} s",
    };
}
