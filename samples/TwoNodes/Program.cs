using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Net.Mesh;

// Two nodes in two processes: one sends a file to the other on a reliable, encrypted stream. Without arguments this program
// starts both ends as copies of itself, hands the receiver's ticket to the sender, and compares what both saw.
const ulong FileStreamId = 0x46;
const string KeyVariable = "TWO_NODES_PSK"; // a secret goes through the environment or a file, never through the command line

return args switch
{
    ["receive", var target] => await ReceiveAsync(target),
    ["send", var ticket, var source] => await SendAsync(MeshTicket.Parse(ticket), source),
    [] => await RunBothAsync(typeof(Program).Assembly.Location),
    [var source] when File.Exists(source) => await RunBothAsync(source),
    _ => Usage(),
};

static async Task<int> ReceiveAsync(string target)
{
    await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Key()).BuildAsync();
    Task<Peer> joined = NextPeerAsync(node);
    Console.WriteLine($"ticket {node.Ticket}"); // it holds no secret
    Peer peer = await joined;

    MeshStream stream = node.Streams.Open(peer.NodeId, FileStreamId);
    await using FileStream file = File.Create(target);
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    await foreach (StreamMessage message in stream.ReadAllAsync()) // ends when the sender closes the stream
    {
        hash.AppendData(message.Payload.Span);
        await file.WriteAsync(message.Payload);
    }
    Console.WriteLine($"bytes {file.Length}");
    Console.WriteLine($"sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    return 0;
}

static async Task<int> SendAsync(MeshTicket ticket, string source)
{
    await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Key()).BuildAsync();
    Peer peer = await node.Peers.ConnectAsync(ticket);
    MeshStream stream = node.Streams.Open(peer.NodeId, FileStreamId, new StreamOptions { Reliability = Reliability.Reliable, WindowBytes = 1 << 20 });

    long began = Stopwatch.GetTimestamp();
    await using FileStream file = File.OpenRead(source);
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    byte[] buffer = new byte[32 * 1024];
    while (await file.ReadAsync(buffer) is var length and > 0)
    {
        hash.AppendData(buffer, 0, length);
        await stream.SendBlockingAsync(buffer.AsMemory(0, length)); // waits while the receiver or the network is behind
    }
    bool isConfirmed = await stream.CloseAsync(); // true once the receiver has everything
    TimeSpan took = Stopwatch.GetElapsedTime(began);

    Console.WriteLine($"bytes {file.Length}");
    Console.WriteLine($"sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"throughput {file.Length / took.TotalSeconds / (1 << 20):0.0} MiB/s"));
    Console.WriteLine($"security {peer.Security.ToString().ToLowerInvariant()}");
    return isConfirmed ? 0 : 1;
}

static async Task<int> RunBothAsync(string source)
{
    Environment.SetEnvironmentVariable(KeyVariable, Convert.ToHexString(RandomNumberGenerator.GetBytes(32))); // children inherit it
    string target = Path.Combine(Path.GetTempPath(), $"two-nodes-{Environment.ProcessId}.received");
    try
    {
        using Process receiver = Start("receive", target);
        string ticket = await ReadAsync(receiver, "ticket");
        using Process sender = Start("send", ticket, source);

        string sentBytes = await ReadAsync(sender, "bytes"), sent = await ReadAsync(sender, "sha256");
        string throughput = await ReadAsync(sender, "throughput"), security = await ReadAsync(sender, "security");
        string receivedBytes = await ReadAsync(receiver, "bytes"), received = await ReadAsync(receiver, "sha256");
        await Task.WhenAll(sender.WaitForExitAsync(), receiver.WaitForExitAsync());

        await using FileStream written = File.OpenRead(target);
        bool isSame = sent == received && received == Convert.ToHexStringLower(await SHA256.HashDataAsync(written));
        Console.WriteLine($"file        {source}");
        Console.WriteLine($"sender      process {sender.Id}, {sentBytes} bytes, sha256 {sent}");
        Console.WriteLine($"receiver    process {receiver.Id}, {receivedBytes} bytes, sha256 {received}");
        Console.WriteLine($"session     {security}");
        Console.WriteLine($"throughput  {throughput}");
        Console.WriteLine(isSame ? "the file that arrived is the file that was sent" : "THE FILES DIFFER");
        return isSame && sender.ExitCode == 0 && receiver.ExitCode == 0 ? 0 : 1;
    }
    finally
    {
        File.Delete(target);
    }
}

static async Task<Peer> NextPeerAsync(MeshNode node)
{
    await foreach (PeerEvent change in node.Peers.WatchAsync())
    {
        if (change.Change == PeerChange.Joined)
            return change.Peer;
    }
    throw new InvalidOperationException("The node has stopped.");
}

static byte[] Key() => Convert.FromHexString(Environment.GetEnvironmentVariable(KeyVariable)
    ?? throw new InvalidOperationException($"Set {KeyVariable} to 64 hexadecimal digits, the same at both ends."));

static Process Start(params string[] arguments) =>
    Process.Start(new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardOutput = true })!;

static async Task<string> ReadAsync(Process process, string name)
{
    string? line = await process.StandardOutput.ReadLineAsync();
    return line is not null && line.StartsWith(name + " ", StringComparison.Ordinal)
        ? line[(name.Length + 1)..]
        : throw new InvalidOperationException($"Process {process.Id} should say \"{name}\" and {(line is null ? "ended" : $"said \"{line}\"")}.");
}

static int Usage()
{
    Console.Error.WriteLine("""
        TwoNodes: name a file that exists, or nothing.
          TwoNodes [FILE]          sends the file from one process to another; without one, this program itself
          TwoNodes receive FILE    one end, by hand: prints its ticket
          TwoNodes send TICKET FILE   the other end
        """);
    return 2;
}
