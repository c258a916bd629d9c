using System.Globalization;

namespace Net.Mesh.Benchmarks.Compare;

/// <summary>The arguments of <c>compare</c>.</summary>
internal sealed record CompareOptions
{
    public required string Suite { get; init; }

    public string? JsonFile { get; init; }

    public int Rounds { get; init; } = 5;

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(0.5);

    public string? Only { get; init; }

    /// <summary>Where a suite that writes files puts them; null for the repository's <c>artifacts</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>Reads the arguments; null with a problem when they are wrong.</summary>
    public static CompareOptions? Parse(ReadOnlySpan<string> arguments, out string? problem)
    {
        problem = null;
        if (arguments.Length == 0 || arguments[0].StartsWith('-'))
        {
            problem = "name a suite";
            return null;
        }
        var options = new CompareOptions { Suite = arguments[0] };
        for (int i = 1; i < arguments.Length && problem is null; i += 2)
        {
            if (i + 1 == arguments.Length)
                problem = $"{arguments[i]} has no value";
            else
                options = options.With(arguments[i], arguments[i + 1], out problem);
        }
        return problem is null ? options : null;
    }

    private CompareOptions With(string name, string value, out string? problem)
    {
        problem = null;
        switch (name)
        {
            case "--json":
                return this with { JsonFile = value };
            case "--dir":
                return this with { Folder = value };
            case "--only":
                return this with { Only = value };
            case "--rounds" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) && rounds >= 1:
                return this with { Rounds = rounds };
            case "--rounds":
                problem = $"--rounds is {value}; use 1 or more";
                return this;
            case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds is > 0 and <= 600:
                return this with { Duration = TimeSpan.FromSeconds(seconds) };
            case "--seconds":
                problem = $"--seconds is {value}; use more than 0, at most 600";
                return this;
            default:
                problem = $"{name} is not an option of compare";
                return this;
        }
    }
}
