using System.Text.RegularExpressions;
using Net.Mesh.TestSupport;

namespace Net.Mesh.Docs.Tests;

/// <summary>Every C# block that a user can copy compiles and runs. One class, so one after the other: they share the console.</summary>
public sealed partial class DocsTests
{
    private static readonly string[] PlainLanguages = ["bash", "text", "json", "xml"];

    public static TheoryData<string, int> CSharpBlocks
    {
        get
        {
            var blocks = new TheoryData<string, int>();
            foreach (CodeBlock block in Pages.CSharp)
                blocks.Add(block.Page, block.Line);
            return blocks;
        }
    }

    [Theory, MemberData(nameof(CSharpBlocks))]
    public async Task The_block_compiles_and_runs(string page, int line)
    {
        CodeBlock block = Pages.CSharp.Single(block => block.Page == page && block.Line == line);
        string? preamble = block.Continues is { } name ? await File.ReadAllTextAsync(PreamblePath(name)) : null;
        await using var servers = new PrivateServers();
        string source = await servers.ReplaceAsync(BlockProgram.Create(block.Text, preamble).Source);

        string output = await BlockProgram.Create(source).RunAsync(TimeSpan.FromSeconds(60));

        // A text block that says it is the output, right below, is held to it.
        if (Pages.Blocks.FirstOrDefault(next => next.Page == page && next.Line > line) is { Comment: var comment } printed && PrintsComment().IsMatch(comment))
            Assert.Equal(printed.Text.Trim(), output.ReplaceLineEndings("\n").Trim());
    }

    [Fact]
    public void The_readme_starts_with_the_quick_start_sample()
    {
        string sample = File.ReadAllText(Path.Combine(Pages.Root, "samples/QuickStart/Program.cs"));
        Assert.Equal(sample.Trim(), Pages.CSharp.First(block => block.Page == "README.md").Text.Trim());
    }

    [Fact]
    public void No_block_hides_from_the_compiler_behind_another_language()
    {
        Assert.NotEmpty(Pages.CSharp);
        Assert.Empty(Pages.Blocks.Where(block => block.Language != "csharp" && !PlainLanguages.Contains(block.Language))
            .Select(block => $"{block.Page}:{block.Line} is in \"{block.Language}\"; use csharp, {string.Join(", ", PlainLanguages)}"));
    }

    [Fact]
    public void Every_preamble_is_used_and_every_used_one_exists()
    {
        string[] used = [.. Pages.CSharp.Select(block => block.Continues).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        string[] existing = [.. Directory.GetFiles(Path.GetDirectoryName(PreamblePath("x"))!).Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(existing, used);
    }

    [Fact]
    public async Task A_block_that_is_wrong_fails()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => BlockProgram.Create("NoSuchName();").RunAsync(TimeSpan.FromSeconds(60)));
        await Assert.ThrowsAsync<FormatException>(() => BlockProgram.Create("throw new FormatException();").RunAsync(TimeSpan.FromSeconds(60)));
        await Assert.ThrowsAsync<TimeoutException>(() => BlockProgram.Create("await new TaskCompletionSource().Task;").RunAsync(TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_preamble_surrounds_its_block()
    {
        BlockProgram program = BlockProgram.Create(
            "using System.Text;\nWrite(new Note(\"b\"));\nrecord Note(string Text);",
            $"var log = new StringBuilder();\n{BlockProgram.Marker}\nConsole.Write(log);\nvoid Write(Note note) => log.Append(note.Text);");
        Assert.Equal("b", await program.RunAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        var dead = new List<string>();
        foreach (string page in Directory.GetFiles(Pages.Root, "*.md").Concat(Directory.GetFiles(Path.Combine(Pages.Root, "docs"), "*.md")))
        {
            foreach (Match link in RelativeLink().Matches(File.ReadAllText(page)))
            {
                string target = Path.Combine(Path.GetDirectoryName(page)!, link.Groups[1].Value.Split('#')[0]);
                if (!File.Exists(target) && !Directory.Exists(target))
                    dead.Add($"{Path.GetRelativePath(Pages.Root, page)} links to {link.Groups[1].Value}");
            }
        }
        Assert.Empty(dead);
    }

    private static string PreamblePath(string name) => Path.Combine(Requires.RepositoryRoot(), "tests/Net.Mesh.Docs.Tests/Preambles", name + ".cs");

    [GeneratedRegex(@"<!--\s*prints\s*-->")]
    private static partial Regex PrintsComment();

    [GeneratedRegex(@"\]\((?!https?://|#)([^)\s]+)\)")]
    private static partial Regex RelativeLink();
}
