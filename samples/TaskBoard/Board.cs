using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Net.Mesh;
using Net.Mesh.Capabilities;
using Net.Mesh.Cortex;
using Net.Mesh.Crypto;
using Net.Mesh.Rpc;

namespace TaskBoard;

/// <summary>A board: a node with a copy of the log of tasks. What it is told is appended at the leader; what it shows it has folded from its own copy.</summary>
internal sealed class Board : IAsyncDisposable
{
    public const string KeyVariable = "TASK_BOARD_PSK"; // a secret goes through the environment or a file, never through the command line
    public const string AddressVariable = "TASK_BOARD_ADDRESS";
    public static readonly TimeSpan Heartbeat = TimeSpan.FromMilliseconds(200); // a leader that is silent for three of them is replaced

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _closing = new();
    private readonly Redex _redex;
    private readonly NetDb _db;
    private readonly Writer _writer;
    private readonly Task _dialling;

    // Whoever adds a task gives it its id, so that one which is added again after a lost answer is still one. Each run begins somewhere else.
    private ulong _lastId = (ulong)RandomNumberGenerator.GetInt32(1, 1_000_000) * 10_000;

    private Board(MeshNode node, Redex redex, NetDb db)
    {
        (Node, _redex, _db) = (node, redex, db);
        Copies = redex.GetReplicationCoordinator(db.Tasks.Cortex.File.Name)!;
        _writer = new(node, db.Tasks, Copies);
        _dialling = Neighbours.DialAllAsync(node, _closing.Token);
    }

    public MeshNode Node { get; }

    public TasksAdapter Tasks => _db.Tasks;

    public ReplicationCoordinator Copies { get; }

    /// <summary>Starts a node, joins the other boards if there are any, opens the log and folds what is in it.</summary>
    public static async Task<Board> OpenAsync(string directory, MeshTicket? other, CancellationToken stop)
    {
        MeshNode node = await MeshNode.CreateBuilder(Environment.GetEnvironmentVariable(AddressVariable) ?? "127.0.0.1:0", Key())
            .WithIdentity(IdentityOf(directory)) // the same after a restart: the others know whose copy this is
            .WithCapabilities(options => options.MinAnnounceInterval = TimeSpan.FromSeconds(1))
            .WithRpc()
            .BuildAsync(stop);
        var redex = new Redex(new RedexOptions { PersistentDirectory = directory });
        try
        {
            await Neighbours.AnnounceAsync(node);
            if (other is not null)
                await Neighbours.JoinAsync(node, other, stop);
            redex.EnableReplication(node);
            var tasks = new CortexAdapterOptions
            {
                File = new RedexFileOptions { Replication = new ReplicationOptions { Factor = PlacementStrategy.MaxMembers, Heartbeat = Heartbeat } }, // every board holds a copy
            };
            NetDb db = await NetDb.CreateBuilder(redex).WithOrigin(node.Identity.OriginHash).WithTasks(tasks).Persistent().BuildAsync(stop);
            var board = new Board(node, redex, db);
            await node.Rpc.ServeAsync<IBoardWrites>(board._writer); // until the node stops
            return board;
        }
        catch
        {
            await redex.DisposeAsync();
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does what a line says: "done ID", "rm ID", "status", or a task to add. When it returns, this board shows it.</summary>
    public async Task<string> TellAsync(string line, CancellationToken stop)
    {
        string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries);
        bool hasId = ulong.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out ulong id);
        (Change Change, string Said)? told = words switch
        {
            ["status"] => null,
            ["done", _] when hasId => (new("done", id), "done"),
            ["rm", _] when hasId => (new("rm", id), "removed"),
            _ => (new("add", Interlocked.Increment(ref _lastId), line), "added"),
        };
        if (told is not { } wanted)
            return $"status {Standing.Of(this)}";
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Patience);
        try
        {
            Receipt receipt = await _writer.HaveWrittenAsync(wanted.Change, limit.Token);
            await Tasks.WaitForSeqAsync(receipt.Seq, limit.Token); // read your writes, in this board's own copy
            return $"{wanted.Said} {wanted.Change.Id} {(receipt.IsHeld ? "held" : "not held by a majority yet")}";
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return $"failed {wanted.Change.Id} no leader made the change within {Patience.TotalSeconds} s";
        }
    }

    /// <summary>The role of this board, and how far its copy of the log is.</summary>
    public string Footing()
    {
        Standing now = Standing.Of(this);
        ReplicationChannelMetrics figures = Copies.Metrics;
        TimeSpan? lag = now.Role == ReplicaRole.Leader ? figures.LeaderLag : figures.ReplicaLag;
        string led = now.Role == ReplicaRole.Leader ? "leader" : $"{now.Role}, leader {Short(now.Leader)}";
        return string.Create(CultureInfo.InvariantCulture, $"{Short(Node.NodeId.ToString())} {led}; {now.Members} members; tail {now.Tail}, held by a majority {now.Replicated}; lag {lag?.TotalMilliseconds ?? 0:0} ms");

        static string Short(string id) => id.StartsWith("0x", StringComparison.Ordinal) ? id[2..8] : id;
    }

    private static byte[] Key() => Environment.GetEnvironmentVariable(KeyVariable) is { Length: 64 } key && key.All(char.IsAsciiHexDigit)
        ? Convert.FromHexString(key)
        : throw new InvalidOperationException($"Set {KeyVariable} to 64 hexadecimal digits, the same for every board.");

    private static Identity IdentityOf(string directory)
    {
        string file = Path.Combine(Directory.CreateDirectory(directory).FullName, "identity");
        if (!File.Exists(file))
            KeyFile.Write(file, RandomNumberGenerator.GetBytes(Identity.SeedBytes), "identity");
        return Identity.FromSeed(KeyFile.Read(file, "identity"));
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _dialling;
        await _db.DisposeAsync();
        await _redex.DisposeAsync(); // a leader says so, and the others need not wait for its silence
        await Node.DisposeAsync();
        _closing.Dispose();
    }
}

/// <summary>Where a board stands; the digest is the same for boards that show the same.</summary>
internal sealed record Standing(ReplicaRole Role, string Leader, ulong Tail, ulong Replicated, int Members, int Tasks, int Done, string Digest)
{
    public static Standing Of(Board board)
    {
        ReplicationChannelStatus log = board.Copies.Status;
        IReadOnlyList<TaskItem> tasks = board.Tasks.Query().OrderBy(TasksOrderBy.Id).ToList();
        byte[] text = Encoding.UTF8.GetBytes(string.Join('\n', tasks.Select(task => $"{task.Id} {task.Status} {task.Title}")));
        return new(log.Role, log.Leader?.ToString() ?? "nobody", log.TailSeq, log.ReplicatedSeq, board.Copies.Members.Count, tasks.Count, tasks.Count(task => task.Status == TaskItemStatus.Completed), Convert.ToHexStringLower(SHA256.HashData(text))[..8]);
    }

    public static Standing Parse(string line)
    {
        string[] words = line.Split(' ');
        return new(Enum.Parse<ReplicaRole>(words[0]), words[1], Number(words[2]), Number(words[3]), (int)Number(words[4]), (int)Number(words[5]), (int)Number(words[6]), words[7]);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Role} {Leader} {Tail} {Replicated} {Members} {Tasks} {Done} {Digest}");

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
