using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Net.Mesh.Core.Tests.Hosting;

public sealed class HostingTests
{
    [Fact]
    public async Task A_host_starts_the_bus_from_its_configuration_and_drains_it_when_it_stops()
    {
        var adapter = new RecordingAdapter();
        using IHost host = BuildHost(
            new()
            {
                ["NetMesh:Bus:Shards"] = "3",
                ["NetMesh:Bus:BufferCapacity"] = "2048",
                ["NetMesh:Bus:Backpressure"] = "FailProducer",
                ["NetMesh:Bus:Batch:MaxDelay"] = "01:00:00",
                ["NetMesh:Bus:Scaling:MaxShards"] = "9",
                ["NetMesh:Bus:AdapterTimeout"] = "00:00:07",
            },
            mesh => mesh.UseAdapter(_ => adapter));
        EventBusOptions options = host.Services.GetRequiredService<IOptions<NetMeshOptions>>().Value.Bus;
        Assert.Equal((3, 2048, Backpressure.FailProducer, 9, TimeSpan.FromSeconds(7)),
            (options.Shards, options.BufferCapacity, options.Backpressure, options.Scaling!.MaxShards!.Value, options.AdapterTimeout));

        var bus = host.Services.GetRequiredService<EventBus>();
        Assert.False(bus.IsRunning);
        await host.StartAsync();
        Assert.True(bus.IsRunning);
        Assert.Equal(3, bus.ShardCount);
        bus.EmitNumbers(0, 100);
        await host.StopAsync();
        Assert.True(bus.IsShutdownCompleted);
        Assert.Equal(TestBus.Numbers(0, 100).Order(), adapter.Payloads.Order());
        Assert.Equal(1, adapter.Shutdowns);
    }

    [Fact]
    public async Task Other_services_can_emit_while_they_start_and_while_they_stop()
    {
        var adapter = new RecordingAdapter();
        using IHost host = BuildHost([], mesh =>
        {
            mesh.UseAdapter(_ => adapter);
            mesh.Services.AddHostedService<Greeter>();
        });
        await host.StartAsync();
        await host.StopAsync();
        Assert.Equal(["hello", "goodbye"], adapter.Payloads.Order().Reverse());
    }

    [Fact]
    [Trait("spec", "05 T23")]
    public async Task Invalid_values_fail_the_start_with_every_problem_listed()
    {
        using IHost host = BuildHost(new()
        {
            ["NetMesh:Bus:Shards"] = "0",
            ["NetMesh:Bus:BufferCapacity"] = "1000",
            ["NetMesh:Bus:Batch:MaxDelay"] = "00:00:00",
            ["NetMesh:Bus:Scaling:FillRatioThreshold"] = "NaN",
        });
        var e = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        foreach (string problem in new[] { "NetMesh:Bus:Shards is 0", "NetMesh:Bus:BufferCapacity is 1000", "NetMesh:Bus:Batch.MaxDelay", "NetMesh:Bus:Scaling.FillRatioThreshold" })
            Assert.Contains(e.Failures, failure => failure.StartsWith(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NetMesh:Bus:Shard", "4", "Shard")] // misspelt
    [InlineData("NetMesh:Buss:Shards", "4", "Buss")]
    [InlineData("NetMesh:Bus:Batch:MaxSizes", "4", "MaxSizes")]
    [InlineData("NetMesh:Bus:Backpressure", "DropOldes", "Backpressure")]
    [InlineData("NetMesh:Bus:Shards", "many", "Shards")]
    [InlineData("NetMesh:Bus:AdapterTimeout", "soon", "AdapterTimeout")]
    public async Task Keys_and_values_that_do_not_exist_fail_the_start_and_are_named(string key, string value, string named)
    {
        using IHost host = BuildHost(new() { [key] = value });
        var e = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        Assert.Contains(named, e.ToString());
    }

    [Fact]
    public async Task An_adapter_that_cannot_start_fails_the_host()
    {
        using IHost host = BuildHost([], mesh => mesh.UseAdapter(_ => new RecordingAdapter
        {
            OnInitialize = _ => throw new AdapterException(AdapterErrorKind.Connection, "no server"),
        }));
        Assert.Contains("no server", (await Assert.ThrowsAnyAsync<AdapterException>(() => host.StartAsync())).Message);
    }

    [Fact]
    public async Task Code_configures_it_too_and_the_last_adapter_and_serializer_win()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddNetMesh(o => o.Bus.Shards = 2)
            .UseAdapter(_ => new NoopEventAdapter())
            .UseSerializer(new MemoryPackEventSerializer())
            .UseSerializer(new JsonEventSerializer { CanonicalKeyOrder = true })
            .UseMemory();
        builder.Services.AddNetMesh(o => o.Bus.BufferCapacity = 4096); // twice is one bus
        using IHost host = builder.Build();
        await host.StartAsync();
        var bus = host.Services.GetRequiredService<EventBus>();
        Assert.Equal((2, "memory"), (bus.ShardCount, bus.AdapterName));
        bus.Emit(new { B = 1, A = 2 });
        await bus.FlushAsync();
        Assert.Equal("""{"a":2,"b":1}""", Assert.Single(await bus.PollAllAsync()).GetString());
        Assert.Single(host.Services.GetServices<IHostedService>(), service => service.GetType().Name == "EventBusHostedService");
        await host.StopAsync();
    }

    [Fact]
    public async Task Health_follows_the_bus_its_adapter_and_its_failures()
    {
        var adapter = new RecordingAdapter();
        using IHost host = BuildHost([], mesh =>
        {
            mesh.UseAdapter(_ => adapter);
            mesh.Services.AddHealthChecks().AddNetMesh(tags: ["ready"]);
        });
        var health = host.Services.GetRequiredService<HealthCheckService>();
        HealthReportEntry entry = await CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("does not run", entry.Description);

        await host.StartAsync();
        entry = await CheckAsync();
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal("recording", entry.Data["adapter"]);
        Assert.Equal(["ready"], entry.Tags);

        adapter.IsHealthy = false;
        entry = await CheckAsync();
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Contains("recording adapter does not answer", entry.Description);

        adapter.IsHealthy = true;
        adapter.Failure = _ => new AdapterException(AdapterErrorKind.Fatal, "no");
        var bus = host.Services.GetRequiredService<EventBus>();
        bus.EmitString("1");
        await Assert.ThrowsAsync<AdapterException>(() => bus.FlushAsync());
        entry = await CheckAsync();
        Assert.Equal(HealthStatus.Degraded, entry.Status);
        Assert.Contains("1 events could not be stored", entry.Description);

        await host.StopAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await CheckAsync()).Status);

        async Task<HealthReportEntry> CheckAsync() => (await health.CheckHealthAsync()).Entries["net-mesh"];
    }

    private static IHost BuildHost(Dictionary<string, string?> settings, Action<NetMeshBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(settings);
        NetMeshBuilder mesh = builder.Services.AddNetMesh(builder.Configuration.GetSection("NetMesh"));
        configure?.Invoke(mesh);
        return builder.Build();
    }

    private sealed class Greeter(EventBus bus) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            bus.EmitString("hello");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            bus.EmitString("goodbye");
            return Task.CompletedTask;
        }
    }
}
