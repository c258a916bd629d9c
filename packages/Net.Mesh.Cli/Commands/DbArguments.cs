using System.CommandLine;
using System.Globalization;
using Net.Mesh.Cli.Terminal;
using Net.Mesh.Cortex;

namespace Net.Mesh.Cli.Commands;

/// <summary>What the verbs of databases share.</summary>
internal static class DbArguments
{
    private static readonly string[] Orders = ["id", "id-desc", "created", "created-desc", "updated", "updated-desc"];

    public static Argument<ulong> Id() => new("ID") { Description = "the id, as \"list\" shows it", CustomParser = result => ParseNumber(result, "ID", result.Tokens[0].Value) };

    public static Option<ulong?> NewId(string what) => new("--id") { Description = what, HelpName = "N", CustomParser = result => ParseNumber(result, "--id", result.Tokens[0].Value) };

    public static Option<ulong> Origin() => new("--origin")
    {
        Description = "who writes: a number, or 0x and hexadecimal digits; one writer at a time for each",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        CustomParser = result => ParseNumber(result, "--origin", result.Tokens[0].Value),
    };

    public static Option<int?> Limit() => Arguments.OptionalNumber("--limit", "at most so many, the first ones in the order", 0, int.MaxValue);

    /// <summary>The place of an order among those of tasks and of memories, which are the same.</summary>
    public static Option<int> Order() => new("--order")
    {
        Description = "by id, by when it was made, or by when it was last changed; -desc is the other way round",
        HelpName = string.Join('|', Orders),
        DefaultValueFactory = _ => 0,
        CustomParser = result =>
        {
            int order = Array.IndexOf(Orders, result.Tokens[0].Value);
            if (order < 0)
                result.AddError($"--order is \"{result.Tokens[0].Value}\"; use {string.Join(", ", Orders)}.");
            return Math.Max(0, order);
        },
    };

    public static Option<TaskItemStatus?> Status() => new("--status")
    {
        Description = "only tasks that are to be done, or that are",
        HelpName = "pending|done",
        CustomParser = result =>
        {
            switch (result.Tokens[0].Value)
            {
                case "pending":
                    return TaskItemStatus.Pending;
                case "done":
                    return TaskItemStatus.Completed;
                case var other:
                    result.AddError($"--status is \"{other}\"; use pending or done.");
                    return null;
            }
        },
    };

    public static CommandException Missing(string what, ulong id) => new(ExitCode.Failure, "not-found", $"there is no {what} {id}; \"list\" shows those that are there.");

    /// <summary>The id of what comes after the highest.</summary>
    public static ulong Next(ulong? highest) => highest switch
    {
        null => 1,
        ulong.MaxValue => throw CommandException.Usage("the highest id is taken; choose another with --id."),
        { } taken => taken + 1,
    };

    private static ulong ParseNumber(System.CommandLine.Parsing.ArgumentResult result, string name, string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.Ordinal);
        if (ulong.TryParse(isHex ? text.AsSpan(2) : text, isHex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            return number;
        result.AddError($"{name} is \"{text}\"; use a number from 0, or 0x and hexadecimal digits.");
        return 0;
    }
}
