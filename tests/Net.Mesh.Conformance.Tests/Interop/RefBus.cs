using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Conformance.Tests;

/// <summary>The event bus of the Rust original, as the program that the shared tools bring.</summary>
internal sealed class RefBus(string adapter, string url, string prefix, int shards)
{
    /// <summary>Emits a line an event.</summary>
    public async Task EmitAsync(IReadOnlyCollection<string> lines, string? nonceFile = null)
    {
        List<string> arguments = ["emit", adapter, url, prefix, "--shards", shards.ToString(CultureInfo.InvariantCulture)];
        if (nonceFile is not null)
            arguments.AddRange(["--nonce", nonceFile]);
        JsonElement summary = Assert.Single(await RunAsync(arguments, lines));
        Assert.Equal(lines.Count, summary.Int("emitted"));
        Assert.Equal(0, summary.Int("dropped"));
    }

    public async Task<RefPage> PollAsync(int limit, string? cursor = null, string? filter = null)
    {
        List<string> arguments = ["poll", adapter, url, prefix, "--shards", shards.ToString(CultureInfo.InvariantCulture), "--limit", limit.ToString(CultureInfo.InvariantCulture)];
        if (cursor is not null)
            arguments.AddRange(["--cursor", cursor]);
        if (filter is not null)
            arguments.AddRange(["--filter", filter]);
        List<JsonElement> output = await RunAsync(arguments, []);
        JsonElement summary = output[^1];
        Assert.Equal(output.Count - 1, summary.Int("count"));
        return new([.. output.SkipLast(1).Select(e => (e.Int("shard"), e.Text("raw")))], summary.TextOrNull("next") ?? cursor, summary.Flag("more"));
    }

    private static async Task<List<JsonElement>> RunAsync(List<string> arguments, IReadOnlyCollection<string> input)
    {
        var start = new ProcessStartInfo(Requires.ReferenceTool("refbus")) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        foreach (string line in input)
            await process.StandardInput.WriteAsync(line + "\n");
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"refbus {string.Join(' ', arguments)} ended with {process.ExitCode}: {await errors}");
        var lines = new List<JsonElement>();
        foreach (string line in (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            using var document = JsonDocument.Parse(line);
            lines.Add(document.RootElement.Clone());
        }
        return lines;
    }
}

/// <summary>A page as the original gives it.</summary>
internal sealed record RefPage(IReadOnlyList<(int Shard, string Raw)> Events, string? Next, bool More);
