using System.Globalization;

namespace Net.Mesh.Simulation.Tests;

/// <summary>The seeds of a theory: a share of what <c>NETMESH_SIM_SEEDS</c> asks for, or the share's own number.</summary>
internal static class Seeds
{
    private static readonly int? Asked = int.TryParse(Environment.GetEnvironmentVariable("NETMESH_SIM_SEEDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : null;

    private static readonly int First = int.TryParse(Environment.GetEnvironmentVariable("NETMESH_SIM_FIRST"), NumberStyles.None, CultureInfo.InvariantCulture, out int first) ? first : 1;

    /// <param name="usual">How many there are in the suite.</param>
    public static IEnumerable<TheoryDataRow<int>> Of(int usual) => Enumerable.Range(First, Asked ?? usual).Select(static seed => new TheoryDataRow<int>(seed));
}
