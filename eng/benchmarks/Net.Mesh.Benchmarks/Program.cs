using Net.Mesh.Benchmarks.Bus;
using Net.Mesh.Benchmarks.Compare;
using Net.Mesh.Benchmarks.Micro;
using Net.Mesh.Benchmarks.Transport;

const string Usage = """
    usage: bench micro [PATTERN …]                   micro-benchmarks; options go to BenchmarkDotNet
           bench compare SUITE [options]             ours and each peer side by side; suites: bus, channels, log, rpc, transport
      --json FILE     also write one JSON object a line
      --rounds N      rounds per comparison, default 5; each line is the median
      --seconds S     length of one timed measurement, default 0.5
      --only TEXT     only comparisons whose name or peer contains the text
      --dir FOLDER    where the log suite puts its data, default artifacts; not in memory (tmpfs)
    """;

switch (args)
{
    case ["micro", .. string[] rest]:
        return MicroCommand.Run(rest);
    case ["compare", .. string[] rest]:
        return await CompareCommand.RunAsync(rest, Usage);
    case [IdleMemory.ProbeVerb, string subject]:
        return await IdleMemory.RunProbeAsync(subject); // a child process of the idle-memory comparison
    case [PeerProcess.Verb, string kind]:
        return await PeerProcess.RunAsync(kind); // the other end of a transport comparison
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
