using Net.Mesh.Capabilities;

namespace Net.Mesh.Predicates.Tests;

/// <summary>Rows of an answer, filtered (spec 04 §13.4).</summary>
public sealed class RowTests
{
    private static readonly Row[] Rows = [new("a", CapabilitySet.FromTags("hardware.gpu")), new("b", CapabilitySet.Empty)];

    [Fact]
    public void Rows_are_kept_that_were_asked_for()
    {
        Assert.Equal(["a"], Rows.FilterByPredicate(Predicate.Exists("hardware.gpu")).Select(r => r.Name));
        Assert.Equal(["b"], Rows.FilterByPredicate(!Predicate.Exists("hardware.gpu"), r => r.Capabilities).Select(r => r.Name));
        Assert.Equal(Rows, Rows.FilterByPredicate(null));
    }

    [Fact]
    public async Task Rows_that_come_one_by_one_are_kept_likewise()
    {
        var names = new List<string>();
        await foreach (Row row in ComeOneByOne().FilterByPredicate(Predicate.Exists("hardware.gpu")))
            names.Add(row.Name);
        await foreach (Row row in ComeOneByOne().FilterByPredicate(null))
            names.Add(row.Name);
        Assert.Equal(["a", "a", "b"], names);
    }

    private static async IAsyncEnumerable<Row> ComeOneByOne()
    {
        foreach (Row row in Rows)
        {
            await Task.Yield();
            yield return row;
        }
    }

    private sealed record Row(string Name, CapabilitySet Capabilities) : IPredicateRow;
}
