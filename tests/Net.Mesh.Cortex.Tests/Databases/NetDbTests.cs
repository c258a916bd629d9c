using Net.Mesh.Cortex.Tests.Support;
using Net.Mesh.Wire;

namespace Net.Mesh.Cortex.Tests.Databases;

/// <summary>Several models over one store.</summary>
public sealed class NetDbTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task It_has_the_models_that_it_was_built_with_and_no_others()
    {
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithOrigin(0xABCD_EF01).WithTasks().BuildAsync();
        WriteToken written = await db.Tasks.CreateAsync(1, "write docs");
        await db.Tasks.WaitForAsync(written, Long);
        Assert.Equal(new OriginHash(0xABCD_EF01), written.Origin);
        Assert.Same(redex, db.Redex);
        Assert.True(db.TryGetTasks(out _));
        Assert.False(db.TryGetMemories(out _));
        Assert.Equal(NetDbErrorKind.ModelNotEnabled, Assert.Throws<NetDbException>(() => db.Memories).Error);
        Assert.Null(db.Snapshot().Memories);
        Assert.Equal(NetDbErrorKind.NoModelsEnabled, (await Assert.ThrowsAsync<NetDbException>(() => NetDb.CreateBuilder(redex).BuildAsync().AsTask())).Error);
    }

    [Fact]
    public async Task A_persistent_database_comes_back()
    {
        using var directory = new TempDirectory();
        for (ulong round = 0; round < 2; round++)
        {
            await using var redex = new Redex(new() { PersistentDirectory = directory.Path });
            await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks().WithMemories().Persistent().BuildAsync();
            Assert.Equal((int)round, db.Tasks.Count);
            Assert.Equal((int)round, db.Memories.Count);
            await db.Tasks.CreateAsync(round, "x");
            await db.Memories.StoreAsync(round, "x", [], "y");
        }
    }

    [Fact]
    public async Task When_one_model_cannot_be_opened_none_is()
    {
        await using var redex = new Redex();
        var failing = new CortexAdapterOptions { File = new() { Persistent = true } };
        await Assert.ThrowsAsync<CortexException>(() => NetDb.CreateBuilder(redex).WithTasks().WithMemories(failing).BuildAsync().AsTask());
        Assert.Equal([CortexChannels.Tasks], redex.OpenFiles.Select(static file => file.Name));
        // The tasks' fold was closed: somebody else may write as the same origin.
        await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks().BuildAsync();
        await db.Tasks.WaitForAsync(await db.Tasks.CreateAsync(1, "x"), Long);
    }

    [Fact]
    public async Task When_a_later_model_cannot_be_opened_the_folds_of_those_before_are_closed()
    {
        CortexModel<List<string>, string> Words(string channel) => new(channel, static () => [], PostcardCodecs.String, static (string word, ref List<string> words) => words.Add(word));

        await using var redex = new Redex();
        await Assert.ThrowsAsync<CortexException>(() => NetDb.CreateBuilder(redex)
            .WithModel(Words("atomic/first"))
            .WithModel(Words("atomic/second"), new() { File = new() { Persistent = true } })
            .BuildAsync().AsTask());
        Assert.True(redex.TryGetFile("atomic/first", out _));
        Assert.DoesNotContain("atomic/first", FoldChannels.Running());
        await using NetDb db = await NetDb.CreateBuilder(redex).WithModel(Words("atomic/first")).BuildAsync();
        Assert.Contains("atomic/first", FoldChannels.Running());
    }

    [Fact]
    public async Task A_bundle_restores_what_is_in_it_and_the_rest_is_opened_as_it_is()
    {
        byte[] bundle;
        await using (var redex = new Redex())
        {
            await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks().WithMemories().BuildAsync();
            await db.Tasks.CreateAsync(1, "x");
            await db.Memories.StoreAsync(1, "x", ["t"], "y");
            await db.CatchUpAsync();
            bundle = db.Snapshot().Encode();
        }
        await using (var redex = new Redex())
        {
            await using NetDb db = await NetDb.CreateBuilder(redex).WithTasks().WithMemories().BuildFromSnapshotAsync(bundle);
            Assert.Equal((1, 1), (db.Tasks.Count, db.Memories.Count));
            await db.Tasks.WaitForAsync(await db.Tasks.CreateAsync(2, "y"), Long);
        }
        await using (var redex = new Redex())
        {
            await using NetDb tasksOnly = await NetDb.CreateBuilder(redex).WithTasks().BuildFromSnapshotAsync(bundle);
            Assert.Equal(1, tasksOnly.Tasks.Count);
        }
        await using (var redex = new Redex())
        {
            await using NetDb fresh = await NetDb.CreateBuilder(redex).WithTasks().BuildFromSnapshotAsync(new NetDbSnapshot(null, null));
            Assert.Equal(0, fresh.Tasks.Count);
            Assert.Equal(NetDbErrorKind.Snapshot, (await Assert.ThrowsAsync<NetDbException>(() => NetDb.CreateBuilder(redex).WithTasks().BuildFromSnapshotAsync(new byte[] { 9 }).AsTask())).Error);
        }
    }

    [Fact]
    public async Task Closing_closes_the_models_once_and_leaves_the_logs()
    {
        await using var redex = new Redex();
        NetDb db = await NetDb.CreateBuilder(redex).WithTasks().WithMemories().BuildAsync();
        await db.CloseAsync();
        await db.CloseAsync();
        Assert.All(db.Folds, static fold => Assert.Equal(FoldStopReason.Closed, fold.Stopped!.Reason));
        Assert.Equal(CortexErrorKind.Closed, (await Assert.ThrowsAsync<CortexException>(async () => await db.Tasks.CreateAsync(1, "x"))).Error);
        Assert.All(redex.OpenFiles, static file => Assert.False(file.IsClosed));
    }

    [Fact]
    public async Task Two_models_that_are_written_at_once_keep_numbers_of_their_own()
    {
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithOrigin(5).WithTasks().WithMemories().BuildAsync();
        await Task.WhenAll(
            Task.Run(async () =>
            {
                for (ulong i = 0; i < 500; i++)
                    await db.Tasks.CreateAsync(i, "x");
            }),
            Task.Run(async () =>
            {
                for (ulong i = 0; i < 500; i++)
                    await db.Memories.StoreAsync(i, "x", [], "y");
            }));
        await db.CatchUpAsync();
        foreach (CortexAdapter fold in db.Folds)
        {
            Assert.Equal(Enumerable.Range(0, 500).Select(static number => (ulong)number), fold.File.ReadRange(0, ulong.MaxValue).Select(static read =>
            {
                EventMeta.TryRead(read.Payload.Span, out EventMeta meta);
                return meta.Number;
            }));
        }
    }

    [Fact]
    public async Task A_model_of_ones_own_is_found_by_itself()
    {
        var model = new CortexModel<List<string>, string>("words", static () => [], PostcardCodecs.String, static (string word, ref List<string> words) => words.Add(word));
        await using var redex = new Redex();
        await using NetDb db = await NetDb.CreateBuilder(redex).WithModel(model).BuildAsync();
        CortexAdapter<List<string>, string> words = db.Model(model);
        await words.WaitForAsync(await words.AppendAsync("hello"), Long);
        Assert.Equal(["hello"], words.ReadState(static state => state.ToArray()));
        Assert.Throws<ArgumentException>(() => words.Snapshot());
        Assert.Throws<NetDbException>(() => db.Model(new CortexModel<List<string>, string>("others", static () => [], PostcardCodecs.String, static (string _, ref List<string> _) => { })));
    }
}
