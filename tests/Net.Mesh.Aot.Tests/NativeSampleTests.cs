namespace Net.Mesh.Aot.Tests;

/// <summary>Samples, published as native binaries: nothing in them needs a just-in-time compiler.</summary>
public sealed class NativeSampleTests
{
    [Fact]
    public async Task The_quick_start_publishes_without_a_warning_and_runs_natively()
    {
        string[] lines = await NativeProgram.RunSampleAsync("QuickStart");

        Assert.Equal(
            [
                "0: hello", "1: world", "2: a", "3: b",
                """{"token":"a","index":2}""", """{"token":"b","index":3}""", """{"token":"hello","index":0}""", """{"token":"world","index":1}""",
            ],
            lines.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_contract_is_served_and_called_natively_by_two_processes_over_the_mesh()
    {
        string[] lines = await NativeProgram.RunSampleAsync("EchoSum");

        Assert.Contains("""answer   {"echo":"hello","sum":6}""", lines);
        Assert.Equal("9 of 9 answers are right", lines[^1]);
    }
}
