using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Net.Mesh;

// Three nodes in three processes, A – R – B. A reaches B only through R: R forwards the packets of a session whose keys it does
// not have. Without arguments this program starts all three as copies of itself and shows what each of them saw.
const ulong LettersStreamId = 0x1E77;
const int Letters = 1000;
const string KeyVariable = "THREE_HOPS_PSK"; // a secret goes through the environment or a file, never through the command line

return args switch
{
    ["relay"] => await RelayAsync(),
    ["b", var relay] => await ReceiveAsync(MeshTicket.Parse(relay)),
    ["a", var relay, var b] => await SendAsync(MeshTicket.Parse(relay), MeshTicket.Parse(b)),
    [] => await RunAllAsync(),
    _ => Usage(),
};

// R does nothing at all: forwarding is what nodes do.
static async Task<int> RelayAsync()
{
    await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Key()).BuildAsync();
    Console.WriteLine($"ticket {node.Ticket}");
    await Console.In.ReadLineAsync(); // until the input ends

    MeshNodeStatistics statistics = node.Statistics;
    Console.WriteLine($"forwarded {statistics.PacketsForwarded}");
    Console.WriteLine($"bytes {statistics.BytesForwarded}");
    Console.WriteLine($"opened {statistics.PacketsReceived}"); // signs of life of its own two sessions
    Console.WriteLine($"events {node.Receive(limit: 1000).Count}");
    Console.WriteLine($"sessions {string.Join(' ', node.Peers.All.Select(peer => $"{peer.SessionId:x16}").Order(StringComparer.Ordinal))}");
    return 0;
}

static async Task<int> ReceiveAsync(MeshTicket relay)
{
    await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Key()).BuildAsync();
    await node.Peers.ConnectAsync(relay);
    Task<Peer> joined = NextPeerAsync(node, except: relay.NodeId);
    Console.WriteLine($"ticket {new MeshTicket(node.Identity.EntityId, node.PublicKey, [])}"); // no address: nobody can dial B directly
    Peer a = await joined;

    int count = 0;
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    await foreach (StreamMessage letter in node.Streams.Open(a.NodeId, LettersStreamId).ReadAllAsync())
    {
        count++;
        hash.AppendData(letter.Payload.Span);
    }
    Console.WriteLine($"letters {count}");
    Console.WriteLine($"sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    return 0;
}

static async Task<int> SendAsync(MeshTicket relay, MeshTicket b)
{
    await using MeshNode node = await MeshNode.CreateBuilder("127.0.0.1:0", Key()).BuildAsync();
    Peer r = await node.Peers.ConnectAsync(relay);
    Peer peer = await node.Peers.ConnectViaAsync(r.Address, b.PublicKey, b.NodeId); // the first hop only needs to know the way

    MeshStream stream = node.Streams.Open(peer.NodeId, LettersStreamId, new StreamOptions { Reliability = Reliability.Reliable });
    using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    for (int i = 0; i < Letters; i++)
    {
        byte[] letter = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Letter {i} to B. ").PadRight(1000, '.'));
        hash.AppendData(letter);
        await stream.SendBlockingAsync(letter);
    }
    bool isConfirmed = await stream.CloseAsync();
    Console.WriteLine($"path {(peer.IsRelayed ? "relayed" : "direct")}");
    Console.WriteLine($"security {peer.Security.ToString().ToLowerInvariant()}");
    Console.WriteLine($"session {peer.SessionId:x16}");
    Console.WriteLine($"sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}");
    return isConfirmed ? 0 : 1;
}

static async Task<int> RunAllAsync()
{
    Environment.SetEnvironmentVariable(KeyVariable, Convert.ToHexString(RandomNumberGenerator.GetBytes(32))); // children inherit it
    using Process relay = Start("relay");
    string relayTicket = await ReadAsync(relay, "ticket");
    using Process b = Start("b", relayTicket);
    string bTicket = await ReadAsync(b, "ticket");
    using Process a = Start("a", relayTicket, bTicket);

    string path = await ReadAsync(a, "path"), security = await ReadAsync(a, "security");
    string session = await ReadAsync(a, "session"), sent = await ReadAsync(a, "sha256");
    string letters = await ReadAsync(b, "letters"), received = await ReadAsync(b, "sha256");
    await Task.WhenAll(a.WaitForExitAsync(), b.WaitForExitAsync());
    relay.StandardInput.Close();
    long forwarded = long.Parse(await ReadAsync(relay, "forwarded"), CultureInfo.InvariantCulture);
    string bytes = await ReadAsync(relay, "bytes"), opened = await ReadAsync(relay, "opened"), events = await ReadAsync(relay, "events");
    string own = await ReadAsync(relay, "sessions");
    await relay.WaitForExitAsync();

    Console.WriteLine($"A  process {a.Id}: sent {Letters} letters, {path}, {security}, sha256 {sent}");
    Console.WriteLine($"R  process {relay.Id}: forwarded {forwarded} packets ({bytes} bytes) and read {events} events;");
    Console.WriteLine($"   it opened {opened} packets, all of its own sessions with A and B. The session {session} of A with B is none of them.");
    Console.WriteLine($"B  process {b.Id}: got {letters} letters, sha256 {received}");
    bool isRight = sent == received && path == "relayed" && forwarded > 100 && events == "0" && !own.Contains(session, StringComparison.Ordinal)
        && new[] { a, b, relay }.All(process => process.ExitCode == 0);
    Console.WriteLine(isRight ? "every letter arrived through R, and R read none" : "SOMETHING IS WRONG");
    return isRight ? 0 : 1;
}

static async Task<Peer> NextPeerAsync(MeshNode node, NodeId except)
{
    await foreach (PeerEvent change in node.Peers.WatchAsync())
    {
        if (change.Change == PeerChange.Joined && change.Peer.NodeId != except)
            return change.Peer;
    }
    throw new InvalidOperationException("The node has stopped.");
}

static byte[] Key() => Convert.FromHexString(Environment.GetEnvironmentVariable(KeyVariable)
    ?? throw new InvalidOperationException($"Set {KeyVariable} to 64 hexadecimal digits, the same on every node."));

static Process Start(params string[] arguments) => Process.Start(
    new ProcessStartInfo(Environment.ProcessPath!, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

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
        ThreeHops takes no arguments. By hand, on three terminals with the same THREE_HOPS_PSK:
          ThreeHops relay                 prints R's ticket
          ThreeHops b R-TICKET            prints B's ticket, which holds no address
          ThreeHops a R-TICKET B-TICKET
        """);
    return 2;
}
