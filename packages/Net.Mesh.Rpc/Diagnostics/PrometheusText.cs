using System.Globalization;
using System.Text;
using Net.Mesh.Primitives;

namespace Net.Mesh.Rpc;

/// <summary>Writes a snapshot in Prometheus' text form, in the families and the order of spec 07 §11.</summary>
internal static class PrometheusText
{
    public static string Write(RpcMetricsSnapshot snapshot)
    {
        var text = new StringBuilder();
        Counter(text, snapshot, "nrpc_calls_total", "counter", "Calls that are over.", static s => s.CallsTotal);
        PrometheusFormat.AppendFamily(text, "nrpc_errors_total", "counter", "Calls that failed, by kind.");
        foreach (RpcServiceMetrics service in snapshot.Services)
        {
            Errors(text, service, "no_route", service.ErrorsNoRoute);
            Errors(text, service, "timeout", service.ErrorsTimeout);
            Errors(text, service, "server", service.ErrorsServer);
            Errors(text, service, "transport", service.ErrorsTransport);
        }
        Counter(text, snapshot, "nrpc_in_flight_calls", "gauge", "Calls that are open.", static s => Math.Max(0, s.InFlight));
        Histograms(text, snapshot, "nrpc_call_latency_seconds", "How long calls took.", static s => s.Latency);
        Counter(text, snapshot, "nrpc_handler_invocations_total", "counter", "Handlers that began.", static s => s.HandlerInvocationsTotal);
        Counter(text, snapshot, "nrpc_handler_panics_total", "counter", "Handlers that failed unexpectedly.", static s => s.HandlerPanicsTotal);
        Counter(text, snapshot, "nrpc_handler_in_flight", "gauge", "Handlers that run.", static s => Math.Max(0, s.HandlerInFlight));
        Histograms(text, snapshot, "nrpc_handler_duration_seconds", "How long handlers took.", static s => s.HandlerDuration);
        Counter(text, snapshot, "nrpc_streaming_chunks_emitted_total", "counter", "Items of streams that were sent.", static s => s.StreamingChunksEmittedTotal);
        Counter(text, snapshot, "nrpc_streaming_chunks_dropped_total", "counter", "Items of streams that were dropped.", static s => s.StreamingChunksDroppedTotal);
        Counter(text, snapshot, "nrpc_capability_denied_total", "counter", "Calls that the allow-lists refused.", static s => s.CapabilityDeniedTotal);
        return text.ToString();
    }

    private static void Counter(StringBuilder text, RpcMetricsSnapshot snapshot, string name, string type, string help, Func<RpcServiceMetrics, long> read)
    {
        PrometheusFormat.AppendFamily(text, name, type, help);
        foreach (RpcServiceMetrics service in snapshot.Services)
            text.Append(CultureInfo.InvariantCulture, $"{name}{{service=\"{PrometheusFormat.EscapeLabel(service.Service)}\"}} {read(service)}\n");
    }

    private static void Errors(StringBuilder text, RpcServiceMetrics service, string kind, long count) =>
        text.Append(CultureInfo.InvariantCulture, $"nrpc_errors_total{{service=\"{PrometheusFormat.EscapeLabel(service.Service)}\",kind=\"{kind}\"}} {count}\n");

    private static void Histograms(StringBuilder text, RpcMetricsSnapshot snapshot, string name, string help, Func<RpcServiceMetrics, RpcHistogram> read)
    {
        PrometheusFormat.AppendFamily(text, name, "histogram", help);
        foreach (RpcServiceMetrics service in snapshot.Services)
        {
            string label = PrometheusFormat.EscapeLabel(service.Service);
            RpcHistogram histogram = read(service);
            for (int i = 0; i < histogram.Buckets.Count; i++)
            {
                string bound = i < RpcHistogram.BoundsInSeconds.Length ? RpcHistogram.BoundsInSeconds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{service=\"{label}\",le=\"{bound}\"}} {histogram.Buckets[i]}\n");
            }
            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{{service=\"{label}\"}} {((decimal)histogram.SumNs / 1_000_000_000m).ToString("0.#########", CultureInfo.InvariantCulture)}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}_count{{service=\"{label}\"}} {histogram.Count}\n");
        }
    }
}
