namespace Net.Mesh.Cortex.Logs.Storage;

/// <summary>What recovery found, bounded: damage may touch millions of entries.</summary>
internal sealed class ProblemList
{
    private const int MostOfAKind = 100;

    private readonly List<RedexProblem> _problems = [];
    private readonly int[] _counts = new int[Enum.GetValues<RedexProblemKind>().Length];

    public IReadOnlyList<RedexProblem> Found => _problems;

    public void Add(RedexProblemKind kind, ulong? seq, string message)
    {
        if (_counts[(int)kind]++ < MostOfAKind)
            _problems.Add(new(kind, seq, message));
    }
}
