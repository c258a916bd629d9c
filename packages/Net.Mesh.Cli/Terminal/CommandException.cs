namespace Net.Mesh.Cli.Terminal;

/// <summary>A command ends with a status of its own; the message names the value and the remedy.</summary>
internal sealed class CommandException(int exitCode, string kind, string message) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    public string Kind { get; } = kind;

    public static CommandException Usage(string message) => new(Terminal.ExitCode.Usage, "usage", message);
}
