using System.Text.RegularExpressions;

namespace Net.Mesh.Docs.Tests;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">The page, relative to the repository's root.</param>
/// <param name="Line">The line of the opening fence.</param>
/// <param name="Language">What stands behind the fence.</param>
/// <param name="Comment">The HTML comment directly above, such as <c>continues: bus</c>; empty when there is none.</param>
/// <param name="Text">What stands in it.</param>
public sealed partial record CodeBlock(string Page, int Line, string Language, string Comment, string Text)
{
    /// <summary>The preamble that the block continues: a file in Preambles/. Null when it stands alone.</summary>
    public string? Continues => ContinuesComment().Match(Comment) is { Success: true } match ? match.Groups[1].Value : null;

    public static IReadOnlyList<CodeBlock> Read(string page, string markdown)
    {
        var blocks = new List<CodeBlock>();
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal))
                continue;
            int end = Array.FindIndex(lines, i + 1, line => line.TrimStart().StartsWith("```", StringComparison.Ordinal));
            if (end < 0)
                throw new FormatException($"{page}:{i + 1} opens a block that nothing closes.");
            blocks.Add(new(page, i + 1, lines[i].Trim().TrimStart('`').Trim(), CommentAbove(lines, i), string.Join('\n', lines[(i + 1)..end])));
            i = end;
        }
        return blocks;
    }

    private static string CommentAbove(string[] lines, int fence)
    {
        int line = fence - 1;
        while (line >= 0 && lines[line].Length == 0)
            line--;
        return line >= 0 && lines[line].StartsWith("<!--", StringComparison.Ordinal) ? lines[line] : "";
    }

    [GeneratedRegex(@"continues:\s*([\w-]+)")]
    private static partial Regex ContinuesComment();
}
