using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Folding;

/// <summary>
/// Random writes, damage, retention, restarts from disk and from snapshots; a small model in memory says what the state has to be then. The seed is in the name of the
/// test.
/// </summary>
public sealed class ModelBasedTests
{
    private static readonly OriginHash Me = new(42);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 40)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task The_state_is_what_the_log_says(int seed)
    {
        using var directory = new TempDirectory();
        var random = new Random(seed);
        var run = new Run(directory.Path, retention: random.Next(3) == 0 ? 8 : null);
        await run.OpenAsync(snapshot: null);
        for (int step = 0; step < 120; step++)
        {
            ulong id = (ulong)random.Next(12);
            switch (random.Next(14))
            {
                case < 5:
                    await run.WriteAsync(new Op('c', id, $"task {step}", (ulong)step));
                    break;
                case < 7:
                    await run.WriteAsync(new Op('r', id, $"renamed {step}", (ulong)step));
                    break;
                case < 9:
                    await run.WriteAsync(new Op('d', id, "", (ulong)step));
                    break;
                case 9:
                    await run.WriteAsync(new Op('x', id, "", (ulong)step));
                    break;
                case 10:
                    run.WriteGarbage((byte)step);
                    break;
                case 11:
                    await run.SweepAsync();
                    break;
                case 12:
                    await run.RestartAsync();
                    break;
                default:
                    await run.RestartFromSnapshotAsync(acknowledge: random.Next(2) == 0);
                    break;
            }
            if (random.Next(4) == 0)
                await run.CheckAsync();
        }
        await run.CheckAsync();
        await run.CloseAsync();
    }

    private sealed record Op(char Kind, ulong Id, string Title, ulong Now);

    private sealed class Run(string directory, long? retention)
    {
        private readonly SortedDictionary<ulong, Op?> _log = [];
        private Dictionary<ulong, TaskItem> _base = [];
        private ulong _from;
        private Redex _redex = null!;
        private TasksAdapter _tasks = null!;

        public async Task OpenAsync(ModelSnapshot? snapshot)
        {
            _redex = new(new() { PersistentDirectory = directory, RetentionSweepInterval = TimeSpan.Zero });
            var options = new CortexAdapterOptions { File = new() { Persistent = true, RetentionMaxEvents = retention } };
            try
            {
                _tasks = snapshot is { } taken
                    ? await TasksAdapter.OpenFromSnapshotAsync(_redex, Me, taken, options)
                    : await TasksAdapter.OpenAsync(_redex, Me, options);
            }
            catch
            {
                await _redex.DisposeAsync();
                throw;
            }
        }

        public async Task WriteAsync(Op op)
        {
            WriteToken token = op.Kind switch
            {
                'c' => await _tasks.CreateAsync(op.Id, op.Title, op.Now),
                'r' => await _tasks.RenameAsync(op.Id, op.Title, op.Now),
                'd' => await _tasks.CompleteAsync(op.Id, op.Now),
                _ => await _tasks.DeleteAsync(op.Id),
            };
            Assert.True(_log.Count == 0 || token.Seq == _log.Keys.Last() + 1);
            _log[token.Seq] = op;
            if (op.Now % 3 != 0)
                return;
            await _tasks.WaitForSeqAsync(token.Seq);
            // Read your writes, unless something before them was skipped and nobody acknowledged that.
            Assert.Equal(_tasks.Cortex.SkippedEvents.Count == 0, _tasks.PollForToken(token).IsReached);
        }

        public void WriteGarbage(byte value) => _log[_tasks.Cortex.Append([1, value])] = null;

        public async Task SweepAsync()
        {
            await _tasks.CatchUpAsync();
            _tasks.Cortex.File.SweepRetention();
        }

        public async Task RestartAsync()
        {
            await CloseAsync();
            await OpenAsync(snapshot: null);
            FoldAll();
        }

        public async Task RestartFromSnapshotAsync(bool acknowledge)
        {
            await _tasks.CatchUpAsync();
            if (acknowledge)
                _tasks.Cortex.AcknowledgeAllSkips();
            ModelSnapshot snapshot = _tasks.Snapshot();
            Dictionary<ulong, TaskItem> rows = Expected();
            Assert.Equal(acknowledge || _tasks.Cortex.SkippedEvents.Count == 0 ? _tasks.Cortex.FoldedThroughSeq : _tasks.Cortex.SkippedEvents[0].Seq is var bad and > 0 ? bad - 1 : null, snapshot.LastSeq);
            ulong first = _tasks.Cortex.File.LowestRetainedSeq ?? _tasks.Cortex.File.NextSeq;
            await CloseAsync();
            if (snapshot.LastSeq is { } last && last + 1 < first)
            {
                // What it would have to fold again is gone.
                Assert.Equal(CortexErrorKind.Redex, (await Assert.ThrowsAsync<CortexException>(() => OpenAsync(snapshot))).Error);
                await OpenAsync(snapshot: null);
                FoldAll();
                return;
            }
            await OpenAsync(snapshot);
            _base = rows;
            _from = snapshot.LastSeq + 1 ?? first;
        }

        public async Task CheckAsync()
        {
            await _tasks.CatchUpAsync();
            Dictionary<ulong, TaskItem> expected = Expected();
            Assert.Equal(expected.Values.OrderBy(static task => task.Id), _tasks.Query().OrderBy(TasksOrderBy.Id).ToList());
            Assert.Equal(expected.Values.Count(static task => task.Status == TaskItemStatus.Pending), _tasks.CountWhere(new() { Status = TaskItemStatus.Pending }));
            Assert.Equal(_tasks.Cortex.File.NextSeq, _tasks.Cortex.FoldedThroughSeq + 1 ?? 0);
            Assert.True(_tasks.Cortex.IsRunning);
        }

        public async Task CloseAsync()
        {
            await _tasks.CloseAsync();
            await _redex.DisposeAsync();
        }

        private void FoldAll()
        {
            _base = [];
            _from = _tasks.Cortex.File.LowestRetainedSeq ?? _tasks.Cortex.File.NextSeq;
        }

        private Dictionary<ulong, TaskItem> Expected()
        {
            var rows = new Dictionary<ulong, TaskItem>(_base);
            foreach (Op op in _log.Where(entry => entry.Key >= _from).Select(static entry => entry.Value).OfType<Op>())
            {
                rows.TryGetValue(op.Id, out TaskItem? row);
                if (op.Kind == 'c')
                    rows[op.Id] = new(op.Id, op.Title, TaskItemStatus.Pending, op.Now, op.Now);
                else if (op.Kind == 'x')
                    rows.Remove(op.Id);
                else if (row is not null)
                    rows[op.Id] = op.Kind == 'r' ? row with { Title = op.Title, UpdatedNs = op.Now } : row with { Status = TaskItemStatus.Completed, UpdatedNs = op.Now };
            }
            return rows;
        }
    }
}
