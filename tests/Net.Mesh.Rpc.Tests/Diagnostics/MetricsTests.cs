using System.Diagnostics.Metrics;
using Net.Mesh.Rpc.Tests.Mesh;

namespace Net.Mesh.Rpc.Tests.Diagnostics;

public sealed class MetricsTests
{
    [Fact]
    public async Task Outcomes_of_every_kind_are_counted_on_both_sides()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("mixed", static (context, _) => context.Payload.Text() switch
        {
            "fail" => throw new RpcApplicationException(RpcStatus.TypedHandlerError, "no"),
            "panic" => throw new InvalidOperationException(),
            _ => new(context.Payload),
        });
        await cluster.CallAsync("mixed", "well");
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("mixed", "fail"));
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("mixed", "panic"));
        await Assert.ThrowsAsync<RpcNoRouteException>(() => cluster.CallAsync("missing", "x"));
        IReadOnlyList<RpcServiceMetrics> called = cluster[1].Rpc.GetMetricsSnapshot().Services;
        Assert.Equal(["missing", "mixed"], called.Select(service => service.Service));
        Assert.Equal((1, 1, 0), (called[0].CallsTotal, called[0].ErrorsNoRoute, called[0].InFlight));
        Assert.Equal((3, 2, 0), (called[1].CallsTotal, called[1].ErrorsServer, called[1].InFlight));
        Assert.Equal(3, called[1].Latency.Count);
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        RpcServiceMetrics serving = Assert.Single(cluster[0].Rpc.GetMetricsSnapshot().Services);
        Assert.Equal((3, 1, 0), (serving.HandlerInvocationsTotal, serving.HandlerPanicsTotal, serving.HandlerInFlight));
    }

    [Fact, Trait("spec", "07 T13")]
    public void Services_past_the_limit_share_one_row()
    {
        var metrics = new RpcMetrics();
        for (int i = 0; i < RpcMetrics.MaxServices + 500; i++)
            metrics.For($"service-{i}").OnCapabilityDenied();
        IReadOnlyList<RpcServiceMetrics> services = metrics.Snapshot().Services;
        Assert.Equal(RpcMetrics.MaxServices + 1, services.Count);
        Assert.Equal(500, Assert.Single(services, service => service.Service == RpcMetrics.Overflow).CapabilityDeniedTotal);
    }

    [Fact, Trait("spec", "07 T13")]
    public async Task Names_that_nobody_serves_use_up_no_routes()
    {
        await using MeshTestCluster cluster = await RpcMesh.StartAsync(rpc: options => options.MaxRoutes = 2);
        await using ServeHandle served = cluster[0].Rpc.Serve("echo", static (context, _) => new(context.Payload));
        for (int i = 0; i < 5; i++)
            await Assert.ThrowsAsync<RpcNoRouteException>(() => cluster.CallAsync($"missing-{i}", ""));
        Assert.Equal("x", (await cluster.CallAsync("echo", "x")).Text());
    }

    [Fact, Trait("spec", "07 T15")]
    public void A_gauge_below_zero_reads_as_zero_and_labels_are_escaped()
    {
        string text = new RpcMetricsSnapshot([new("a\"b\\c\n") { InFlight = -3, HandlerInFlight = -1 }], 0).ToPrometheusText();
        Assert.Contains("nrpc_in_flight_calls{service=\"a\\\"b\\\\c\\n\"} 0\n", text, StringComparison.Ordinal);
        Assert.Contains("nrpc_handler_in_flight{service=\"a\\\"b\\\\c\\n\"} 0\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_meter_shows_calls_errors_durations_and_handlers()
    {
        var seen = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter.Name == "Net.Mesh.Rpc")
                l.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, 1, tags));
        listener.Start();
        await using MeshTestCluster cluster = await RpcMesh.StartAsync();
        await using ServeHandle served = cluster[0].Rpc.Serve("metered", static (_, _) => throw new InvalidOperationException());
        await Assert.ThrowsAsync<RpcServerException>(() => cluster.CallAsync("metered", ""));
        await cluster.UntilAsync(() => cluster[0].Rpc.RunningHandlers == 0);
        listener.RecordObservableInstruments();
        Assert.All(["netmesh.rpc.calls", "netmesh.rpc.errors server", "netmesh.rpc.handlers", "netmesh.rpc.handler.failures", "netmesh.rpc.call.duration", "netmesh.rpc.handler.duration"],
            name => Assert.Equal(1, seen.GetValueOrDefault(name)));

        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            bool isOurs = false;
            string name = instrument.Name;
            foreach ((string key, object? tag) in tags)
            {
                isOurs |= key == "rpc.service" && (string?)tag == "metered";
                name += key == "kind" ? $" {tag}" : "";
            }
            lock (seen)
                seen[name] = seen.GetValueOrDefault(name) + (isOurs ? value : 0);
        }
    }
}
