using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Calls;

/// <summary>
/// Runs a program for each call: the request on its standard input, and in place of each {}; its standard output is the answer. What it
/// says on standard error stays here. No shell is in between, so a request is never read as a command.
/// </summary>
internal sealed class ProgramRunner(string file, IReadOnlyList<string> arguments)
{
    private const string Placeholder = "{}";
    private const int MaxArgumentBytes = 65_536; // systems take 128 KiB and more
    private const int MaxAnswerBytes = 16 * 1024 * 1024;

    public async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(RpcContext context, CancellationToken stop)
    {
        using Process program = Start(context.Payload);
        try
        {
            Task feeding = FeedAsync(program, context.Payload, stop);
            using var answer = new MemoryStream();
            byte[] buffer = new byte[16_384];
            Stream output = program.StandardOutput.BaseStream;
            while (await output.ReadAsync(buffer, stop).ConfigureAwait(false) is > 0 and int length)
            {
                if (answer.Length + length > MaxAnswerBytes)
                    throw new RpcApplicationException(RpcStatus.TypedHandlerError, $"the answer is longer than {MaxAnswerBytes} bytes");
                answer.Write(buffer, 0, length);
            }
            await EndAsync(program, feeding, stop).ConfigureAwait(false);
            return answer.ToArray();
        }
        finally
        {
            Kill(program);
        }
    }

    /// <summary>Each line of its output as an item.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> StreamAsync(RpcContext context, [EnumeratorCancellation] CancellationToken stop)
    {
        using Process program = Start(context.Payload);
        try
        {
            Task feeding = FeedAsync(program, context.Payload, stop);
            await foreach (ReadOnlyMemory<byte> line in ByteLines.ReadAsync(program.StandardOutput.BaseStream, stop).ConfigureAwait(false))
                yield return line;
            await EndAsync(program, feeding, stop).ConfigureAwait(false);
        }
        finally
        {
            Kill(program);
        }
    }

    private Process Start(ReadOnlyMemory<byte> request)
    {
        var start = new ProcessStartInfo(file) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string word in arguments)
            start.ArgumentList.Add(word.Contains(Placeholder, StringComparison.Ordinal) ? Fill(word, request.Span) : word);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception problem)
        {
            throw new InvalidOperationException($"{file} could not be started: {problem.Message}", problem);
        }
    }

    // A caller chooses what stands there, so it must not become an option of the program.
    private static string Fill(string word, ReadOnlySpan<byte> request)
    {
        if (request.Length > MaxArgumentBytes || !Utf8.IsValid(request) || request.Contains((byte)0))
            throw new RpcApplicationException(RpcStatus.TypedBadRequest, $"the request has to be text of at most {MaxArgumentBytes} bytes");
        if (word.StartsWith(Placeholder, StringComparison.Ordinal) && request is [(byte)'-', ..])
            throw new RpcApplicationException(RpcStatus.TypedBadRequest, "the request must not begin with '-'");
        return word.Replace(Placeholder, Encoding.UTF8.GetString(request), StringComparison.Ordinal);
    }

    private static async Task FeedAsync(Process program, ReadOnlyMemory<byte> request, CancellationToken stop)
    {
        try
        {
            Stream input = program.StandardInput.BaseStream;
            await using (input.ConfigureAwait(false))
                await input.WriteAsync(request, stop).ConfigureAwait(false);
        }
        catch (Exception end) when (end is IOException or OperationCanceledException)
        {
            // It does not read its input, or nobody waits for the answer.
        }
    }

    private static async Task EndAsync(Process program, Task feeding, CancellationToken stop)
    {
        await program.WaitForExitAsync(stop).ConfigureAwait(false);
        await feeding.ConfigureAwait(false);
        if (program.ExitCode != 0)
            throw new RpcApplicationException(RpcStatus.TypedHandlerError, $"the program ended with status {program.ExitCode}");
    }

    private static void Kill(Process program)
    {
        if (!program.HasExited)
            program.Kill(entireProcessTree: true);
    }
}
