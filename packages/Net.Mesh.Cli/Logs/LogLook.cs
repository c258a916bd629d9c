using System.Text;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Logs;

/// <summary>What a look at a log's files has shown, and who has it open.</summary>
internal sealed record LogLook(ChannelName Channel, RedexInspection? Inspection, LogOpener? Opener)
{
    private static readonly RedexRecovery OldLayout = new(0, 0, null, 0, 0,
        [new(RedexProblemKind.Manifest, null, "Its files lie as before Net 0.11; opening or repairing it takes them over.")]);

    /// <summary>Files that only opening reads have one problem: that.</summary>
    public RedexRecovery Report => Inspection?.Report ?? OldLayout;

    public LogLine Line => LineOf(Report);

    public string Text => TextOf(Report);

    public LogLine LineOf(RedexRecovery report) => new(
        Channel.ToString(), report.Entries, report.FirstSeq, report.NextSeq, report.PayloadBytes, report.Generation, report.Problems.Count, report.HasLosses, Opener?.Part);

    public string TextOf(RedexRecovery report)
    {
        var text = new StringBuilder($"{Channel}: {Figures.Count(report.Entries)} events");
        if (report.FirstSeq is { } first)
            text.Append($", from {first}");
        text.Append($", next {report.NextSeq}, {Figures.Bytes(report.PayloadBytes)}, generation {report.Generation}");
        // What is unfinished at the end of a log that is open is no problem yet.
        if (report.HasLosses || (report.Problems.Count > 0 && Opener is null))
            text.Append($"; {report.Problems.Count} problems{(report.HasLosses ? ", events are lost" : "")}");
        if (Opener is { } opener)
            text.Append($"; open in {opener}");
        return text.ToString();
    }

    /// <summary>A line for each problem.</summary>
    public void Tell(Output output, RedexRecovery report)
    {
        foreach (RedexProblem problem in report.Problems)
        {
            string at = problem.Seq is { } seq ? $" at {seq}" : "";
            string whose = !problem.IsLoss && Opener is { } opener ? $" {opener} has the log open and may be about it." : "";
            output.Result(
                new LogProblemLine(Channel.ToString(), Word(problem.Kind), problem.Seq, problem.IsLoss, problem.Message),
                $"{(problem.IsLoss ? "lost" : "note")}   {Channel}{at}: {problem.Message}{whose}");
        }
    }

    private static string Word(RedexProblemKind kind) => kind switch
    {
        RedexProblemKind.TornIndex => "torn_index",
        RedexProblemKind.TornPayload => "torn_payload",
        RedexProblemKind.ExtraPayload => "extra_payload",
        _ => kind.ToString().ToLowerInvariant(),
    };
}
