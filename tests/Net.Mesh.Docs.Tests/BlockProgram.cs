using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Net.Mesh.TestSupport.Compiling;

namespace Net.Mesh.Docs.Tests;

/// <summary>A block as a program: its preamble, itself, and what the preamble has after it.</summary>
public sealed class BlockProgram
{
    /// <summary>The line of a preamble where the block goes.</summary>
    public const string Marker = "// <block>";

    private BlockProgram(string source) => Source = source;

    public string Source { get; }

    /// <summary>Puts a program together: usings first, then statements, then types, as C# wants them.</summary>
    public static BlockProgram Create(string block, string? preamble = null)
    {
        if (preamble is null)
            return new(block);
        string[] around = preamble.Split(Marker);
        if (around.Length != 2)
            throw new FormatException($"A preamble needs the line {Marker} once.");
        CompilationUnitSyntax[] parts = [Parse(around[0]), Parse(block), Parse(around[1])];
        return new(string.Join('\n',
            string.Concat(parts.SelectMany(part => part.Usings).Select(line => line.ToString()).Distinct().Select(line => line + "\n")),
            string.Concat(parts.SelectMany(part => part.Members).Where(member => member is GlobalStatementSyntax).Select(member => member.ToFullString())),
            string.Concat(parts.SelectMany(part => part.Members).Where(member => member is not GlobalStatementSyntax).Select(member => member.ToFullString()))));
    }

    /// <summary>Compiles and runs; what it wrote to the console comes back.</summary>
    /// <exception cref="InvalidOperationException">It does not compile.</exception>
    public async Task<string> RunAsync(TimeSpan limit)
    {
        Compilation compilation = CSharpCode.Compile("DocsBlock", [CSharpCode.Parse(Source, "block.cs")], OutputKind.ConsoleApplication);
        IReadOnlyList<string> errors = CSharpCode.Errors(compilation);
        if (errors.Count > 0)
            throw new InvalidOperationException($"The block does not compile:\n{string.Join('\n', errors)}\n\n{Source}");

        using var image = new MemoryStream();
        if (!compilation.Emit(image).Success)
            throw new InvalidOperationException($"The block cannot be emitted:\n{Source}");
        image.Position = 0;
        var context = new AssemblyLoadContext("DocsBlock", isCollectible: true);
        TextWriter console = Console.Out;
        var output = new StringWriter();
        Console.SetOut(TextWriter.Synchronized(output));
        try
        {
            MethodInfo main = context.LoadFromStream(image).EntryPoint!;
            object?[] arguments = main.GetParameters().Length == 0 ? [] : [Array.Empty<string>()];
            await Task.Run(() => main.Invoke(null, BindingFlags.DoNotWrapExceptions, null, arguments, null)).WaitAsync(limit);
        }
        finally
        {
            Console.SetOut(console);
            context.Unload();
        }
        return output.ToString();
    }

    private static CompilationUnitSyntax Parse(string text) => (CompilationUnitSyntax)CSharpCode.Parse(text, "part.cs").GetRoot();
}
