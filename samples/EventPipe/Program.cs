using System.Runtime.InteropServices;
using EventPipe;
using Net.Mesh;

if (args is ["--help" or "-h"])
{
    Console.WriteLine(PipeOptions.Help);
    return ExitCode.Success;
}

if (args is [MeshProcess.RoleOption, .. var role])
    return await MeshRole.RunAsync(role, TimeProvider.System);

PipeOptions options;
try
{
    options = PipeOptions.Parse(args, Environment.GetEnvironmentVariable);
}
catch (UsageException e)
{
    Console.Error.WriteLine($"EventPipe: {e.Message}");
    Console.Error.WriteLine("EventPipe --help shows every option.");
    return ExitCode.Usage;
}
if (options.MissingFile is { } missing)
{
    Console.Error.WriteLine($"EventPipe: {missing} does not exist or cannot be read; name a file that does, or - for standard input.");
    return ExitCode.MissingInput;
}

// The first Ctrl+C ends the input, and what was read is still delivered; the second one ends the program as usual.
using var interruption = new CancellationTokenSource();
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);

try
{
    PipeResult result = await RunAsync();
    Summary.Write(Console.Out, result);
    if (result.Failure is not null)
        return ExitCode.Failure;
    return interruption.IsCancellationRequested ? ExitCode.Interrupted : ExitCode.Success;
}
catch (MeshException e)
{
    Console.Error.WriteLine($"EventPipe: {e.Message}");
    return ExitCode.Failure;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"EventPipe: {e.Message} Check the path given to --reject, and that the disk is not full.");
    return ExitCode.Failure;
}

async Task<PipeResult> RunAsync()
{
    if (options.Adapter == AdapterName.Mesh)
        return await new MeshPipe(options, TimeProvider.System).RunAsync(interruption.Token);
    using var pipe = new Pipe(options, TimeProvider.System);
    return await pipe.RunAsync(interruption.Token);
}

void Interrupt(PosixSignalContext signal)
{
    signal.Cancel = !interruption.IsCancellationRequested;
    interruption.Cancel();
}
