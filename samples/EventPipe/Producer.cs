using System.Text.Json;

namespace EventPipe;

/// <summary>Reads the input line by line: what is an access entry is emitted, what is not goes to the reject file.</summary>
internal sealed class Producer(PipeOptions options, PipeCounters counters)
{
    /// <summary>Runs until the input ends or is interrupted.</summary>
    /// <param name="emitAsync">Takes a line's bytes; returns what is wrong with them, or null.</param>
    /// <param name="stop">Ends the input early.</param>
    public async Task RunAsync(Func<byte[], ValueTask<string?>> emitAsync, CancellationToken stop)
    {
        using var rejects = new RejectWriter(options.RejectFile);
        await foreach (InputLine line in LineReader.ReadAsync(options.Files, stop))
        {
            string? problem = Check(line) ?? await emitAsync(line.Text);
            if (problem is null)
            {
                counters.CountEmitted();
                continue;
            }
            rejects.Write(line, problem);
            counters.CountRejected();
        }
    }

    // Checked before it is emitted: here the line's number is known.
    private static string? Check(InputLine line)
    {
        if (line.IsTooLong)
            return $"longer than {LineReader.MaxLineBytes} bytes; only its beginning is kept here";
        try
        {
            AccessEntry? entry = JsonSerializer.Deserialize(line.Text, AccessJson.Default.AccessEntry);
            return entry is null ? "null is not an access entry" : null;
        }
        catch (JsonException e)
        {
            return e.Message.Replace("LineNumber: 0 | ", "", StringComparison.Ordinal); // of the text, which is one line
        }
    }
}
