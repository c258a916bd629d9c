using Net.Mesh.TestPeer.Lines;

const string Help = """
    Usage: Net.Mesh.TestPeer [--sequential] [--quiet]

    A Net.Mesh node, steered by JSON lines: one operation a line on standard input, one reply a line on standard output.

      --sequential   finish each operation before the next line
      --quiet        no event lines, only replies
      --help         this text

    Whoever starts it has to read its output. At the end of input it finishes what is running and leaves.
    """;

var options = new LineServerOptions();
foreach (string argument in args)
{
    switch (argument)
    {
        case "--sequential":
            options = options with { IsSequential = true };
            break;
        case "--quiet":
            options = options with { IsQuiet = true };
            break;
        case "-h" or "--help":
            Console.Out.WriteLine(Help);
            return 0;
        default:
            Console.Error.WriteLine($"'{argument}' is no option. See --help.");
            return 2;
    }
}
await using Stream input = Console.OpenStandardInput();
await using Stream output = Console.OpenStandardOutput();
await new LineServer(input, output, options).RunAsync();
return 0;
