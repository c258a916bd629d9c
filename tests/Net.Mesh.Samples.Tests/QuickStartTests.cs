namespace Net.Mesh.Samples.Tests;

/// <summary>The quick start runs and ends.</summary>
public sealed class QuickStartTests
{
    [Fact]
    public async Task The_quick_start_polls_and_streams_back_what_it_emitted()
    {
        SampleResult result = await SampleProgram.RunAsync("QuickStart");

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(
            [
                "0: hello", "1: world", "2: a", "3: b",
                """{"token":"a","index":2}""", """{"token":"b","index":3}""", """{"token":"hello","index":0}""", """{"token":"world","index":1}""",
            ],
            result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));
    }
}
