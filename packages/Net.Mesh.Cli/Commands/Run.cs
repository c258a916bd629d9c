using System.CommandLine;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using Net.Mesh.Cli.Nodes;
using Net.Mesh.Cli.Terminal;

namespace Net.Mesh.Cli.Commands;

/// <summary>One run of a verb: its arguments, where it speaks, the clock, and the wish to stop.</summary>
internal sealed class Run : IDisposable
{
    private readonly ParseResult _arguments;
    private readonly List<IDisposable> _owned = [];
    private readonly CancellationTokenSource _interruption = new();

    private Run(ParseResult arguments, TimeProvider time)
    {
        _arguments = arguments;
        Time = time;
        Output = new(arguments.GetValue(Arguments.Json), Console.Out, Console.Error);
        // The first Ctrl+C ends the work in order; the second one ends the program as usual.
        Owns(PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt));
        Owns(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt));
    }

    public Output Output { get; }

    public TimeProvider Time { get; }

    /// <summary>Cancelled by Ctrl+C and SIGTERM.</summary>
    public CancellationToken Interrupted => _interruption.Token;

    /// <summary>Gives a verb what it does; failures become a line and an exit status.</summary>
    public static void OnInvoke(Command command, Func<Run, Task<int>> act) => command.SetAction(async (arguments, _) =>
    {
        using var run = new Run(arguments, TimeProvider.System);
        return await run.ExecuteAsync(act).ConfigureAwait(false);
    });

    /// <summary>For a verb that uses <see cref="Output.ForReader"/>: when nobody reads what it says there is nothing left to do.</summary>
    public static Func<Run, Task<int>> WhileRead(Func<Run, Task<int>> act) => async run =>
    {
        try
        {
            return await act(run).ConfigureAwait(false);
        }
        catch (IOException cause) when (StandardOutput.IsReaderGone(cause))
        {
            return ExitCode.Success;
        }
    };

    public T Value<T>(Option<T> option) => _arguments.GetRequiredValue(option);

    public T Value<T>(Argument<T> argument) => _arguments.GetRequiredValue(argument);

    public TimeSpan Seconds(Option<double> option) => TimeSpan.FromSeconds(Value(option));

    /// <summary>The value of an option, or the default of its type when it was not given.</summary>
    public T ValueOrDefault<T>(Option<T> option)
        where T : struct => _arguments.GetValue(option);

    /// <summary>The id of the stream that an option names.</summary>
    public ulong StreamId(Option<string> option) => StreamName.TryParse(Value(option), out ulong id, out string? problem) ? id : throw CommandException.Usage(problem!);

    /// <summary>The value of an option or null when it was not given.</summary>
    public T? Find<T>(Option<T?> option)
        where T : class => _arguments.GetValue(option);

    /// <summary>The value of an argument or null when it was not given.</summary>
    public T? Find<T>(Argument<T?> argument)
        where T : class => _arguments.GetValue(argument);

    /// <summary>The value of an option or null when it was not given.</summary>
    public T? FindValue<T>(Option<T?> option)
        where T : struct => _arguments.GetValue(option);

    public T Owns<T>(T part)
        where T : IDisposable
    {
        _owned.Add(part);
        return part;
    }

    public void Dispose()
    {
        foreach (IDisposable part in Enumerable.Reverse(_owned))
            part.Dispose();
        _interruption.Dispose();
    }

    private async Task<int> ExecuteAsync(Func<Run, Task<int>> act)
    {
        try
        {
            return await act(this).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_interruption.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception cause) when (Failure.From(cause) is { } failure)
        {
            Output.Error(failure);
            return failure.ExitCode;
        }
    }

    private void Interrupt(PosixSignalContext signal)
    {
        signal.Cancel = !_interruption.IsCancellationRequested;
        _interruption.Cancel();
    }
}
