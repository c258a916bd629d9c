using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Net.Mesh.Cli.Commands;

/// <summary>A command with more to tell than a list of commands has room for; its own --help ends with that.</summary>
internal sealed class Verb(string name, string summary, string lesson) : Command(name, summary)
{
    public string Lesson { get; } = lesson;
}

/// <summary>Help as usual, and then what the verb, or the program, has to teach.</summary>
internal sealed class TeachingHelp(HelpAction usual, string programLesson) : SynchronousCommandLineAction
{
    /// <summary>Asking for help is no mistake, whatever else stands on the command line.</summary>
    public override bool ClearsParseErrors => true;

    public static void Install(RootCommand root, string lesson)
    {
        foreach (HelpOption option in root.Options.OfType<HelpOption>())
            option.Action = new TeachingHelp((HelpAction)option.Action!, lesson);
    }

    public override int Invoke(ParseResult parseResult)
    {
        int status = usual.Invoke(parseResult);
        string? lesson = parseResult.CommandResult.Command switch
        {
            Verb verb => verb.Lesson,
            RootCommand => programLesson,
            _ => null,
        };
        if (lesson is not null)
            parseResult.InvocationConfiguration.Output.WriteLine(lesson);
        return status;
    }
}
