using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Net.Mesh.Cortex.Tests.Support;

namespace Net.Mesh.Cortex.Tests.Hosting;

/// <summary>Logs and models among an application's services.</summary>
public sealed class CortexHostingTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_database_of_an_application_is_there_from_its_start_and_comes_back()
    {
        using var directory = new TempDirectory();
        for (ulong round = 0; round < 2; round++)
        {
            using IHost host = Build([], mesh => mesh.AddCortex(options => options.PersistentDirectory = directory.Path).Services.AddHostedService<Writer>());
            await host.StartAsync();
            NetDb db = host.Services.GetRequiredService<NetDb>();
            Assert.Same(db.Redex, host.Services.GetRequiredService<Redex>());
            await db.Tasks.CatchUpAsync();
            Assert.Equal((int)round + 1, db.Tasks.Count);
            await host.StopAsync();
            Assert.All(db.Folds, static fold => Assert.Equal(FoldStopReason.Closed, fold.Stopped!.Reason));
            Assert.Empty(db.Redex.OpenFiles);
        }
    }

    [Fact]
    public async Task Options_come_from_the_configuration_and_from_code()
    {
        using var directory = new TempDirectory();
        using IHost host = Build(
            new()
            {
                ["NetMesh:Redex:PersistentDirectory"] = directory.Path,
                ["NetMesh:Redex:RetentionSweepInterval"] = "00:00:07",
                ["NetMesh:Cortex:OnFoldError"] = "LogAndContinue",
                ["NetMesh:Cortex:Origin"] = "77",
                ["NetMesh:Bus:Shards"] = "2",
            },
            mesh => mesh.AddRedex().AddCortex(options => options.RywInflightCap = 9).AddNetDb(db => db.WithTasks()));
        await host.StartAsync();
        NetDb db = host.Services.GetRequiredService<NetDb>();
        Assert.Equal((directory.Path, TimeSpan.FromSeconds(7)), (db.Redex.Options.PersistentDirectory, db.Redex.Options.RetentionSweepInterval));
        Assert.Equal((new OriginHash(77), FoldErrorPolicy.LogAndContinue, 9), (db.Origin, db.Tasks.Cortex.Options.OnFoldError, db.Tasks.Cortex.Options.RywInflightCap));
        Assert.False(db.TryGetMemories(out _));
        await host.StopAsync();
    }

    [Fact]
    public async Task Wrong_options_fail_the_start_with_every_problem_listed()
    {
        using IHost host = Build(
            new() { ["NetMesh:Cortex:RywInflightCap"] = "-1", ["NetMesh:Cortex:GlobalRywInflightCap"] = "0" },
            mesh => mesh.AddCortex());
        var problem = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(2, problem.Failures.Count());
        Assert.All(problem.Failures, failure => Assert.StartsWith("NetMesh:Cortex: ", failure, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_that_nobody_knows_fail_the_start()
    {
        using IHost misspelt = Build(new() { ["NetMesh:Redex:PersistantDirectory"] = "x" }, mesh => mesh.AddRedex());
        Assert.Contains("PersistantDirectory", (await Assert.ThrowsAsync<InvalidOperationException>(() => misspelt.StartAsync())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_tells_of_logs_that_take_nothing_and_folds_that_stopped()
    {
        var model = new CortexModel<List<string>, string>("words", static () => [], PostcardCodecs.String, static (string word, ref List<string> words) =>
            words.Add(word == "bad" ? throw new InvalidOperationException("the fold fails") : word));
        using IHost host = Build([], mesh =>
        {
            mesh.AddNetDb(db => db.WithTasks().WithModel(model));
            mesh.Services.AddHealthChecks().AddNetMeshCortex();
        });
        await host.StartAsync();
        var health = host.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);

        NetDb db = host.Services.GetRequiredService<NetDb>();
        WriteToken bad = await db.Model(model).AppendAsync("bad");
        Assert.Equal(TokenWaitStatus.FoldStopped, (await db.Model(model).TryWaitForAsync(bad, Long)).Status);
        HealthReport degraded = await health.CheckHealthAsync();
        Assert.Equal(HealthStatus.Degraded, degraded.Status);
        Assert.Contains("the fold fails", degraded.Entries["net-mesh-cortex"].Description, StringComparison.Ordinal);

        await db.Tasks.Cortex.File.CloseAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
        await host.StopAsync();
    }

    [Fact]
    public async Task Instruments_tell_of_each_fold()
    {
        await using var redex = new Redex();
        await using var adapter = CortexAdapter.Open(redex, "instruments/test", new BytesFold(), []);
        adapter.Append([BytesFold.Unreadable]);
        await adapter.WaitForSeqAsync(0);
        var seen = new Dictionary<string, long>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Net.Mesh.Cortex")
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Equal((1L, 0L, 1L, 1L), (seen["netmesh.cortex.fold.errors"], seen["netmesh.cortex.fold.backlog"], seen["netmesh.cortex.fold.running"], seen["netmesh.cortex.log.events"]));

        void Note(string name, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags[0].Value as string == "instruments/test")
                seen[name] = value;
        }
    }

    [Fact]
    public async Task The_store_of_an_application_with_a_node_replicates_over_it()
    {
        using IHost host = Build(new() { ["NetMesh:Node:Bind"] = "127.0.0.1:0", ["NetMesh:Node:PreSharedKey"] = Convert.ToBase64String(new byte[32]) }, mesh => mesh.AddRedex());
        await host.StartAsync();
        MeshNode node = host.Services.GetRequiredService<MeshNode>();
        Redex redex = host.Services.GetRequiredService<Redex>();
        Assert.Same(redex, node.Redex);
        redex.Open("a", new() { Replication = new() { Placement = PlacementStrategy.Pinned(node.NodeId), Heartbeat = TimeSpan.FromMilliseconds(100) } });
        Assert.True(await redex.GetReplicationCoordinator("a")!.WaitForRoleAsync(ReplicaRole.Leader, Long));
        await host.StopAsync();
        Assert.Equal(0, redex.ReplicationRuntimeCount);
    }

    private static IHost Build(Dictionary<string, string?> settings, Action<NetMeshBuilder> configure)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        configure(builder.Services.AddNetMesh(builder.Configuration.GetSection("NetMesh")));
        return builder.Build();
    }

    /// <summary>Writes as soon as it is started; its constructor takes the database before that is folded.</summary>
    private sealed class Writer(NetDb db) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken) => await db.Tasks.CreateAsync((ulong)db.Tasks.Count, "x", cancellationToken: cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
