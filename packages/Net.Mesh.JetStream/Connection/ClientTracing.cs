using System.Runtime.CompilerServices;
using NATS.Client.Core;

namespace Net.Mesh.JetStream;

/// <summary>
/// Keeps the client from tracing the adapter's connections. When something listens to the client's traces, it puts a
/// <c>traceparent</c> header into every message, but a stored event has exactly one header (spec 05 §11.3), and a span per event
/// would cost more than the event.
/// </summary>
/// <remarks>
/// The client knows one filter per process. Ours keeps the one it finds and adds itself once; an application that sets its own
/// filter later replaces it, and then gets the extra header back, which every reader ignores.
/// </remarks>
internal static class ClientTracing
{
    private static readonly ConditionalWeakTable<INatsConnection, object> s_untraced = [];
    private static readonly Lock s_lock = new();
    private static bool s_isInstalled;

    public static void Exclude(INatsConnection connection)
    {
        s_untraced.AddOrUpdate(connection, connection);
        lock (s_lock)
        {
            if (s_isInstalled)
                return;
            s_isInstalled = true;
            NatsInstrumentationOptions options = NatsInstrumentationOptions.Default;
            Func<NatsInstrumentationContext, bool>? previous = options.Filter;
            options.Filter = context => !(context.Connection is { } own && s_untraced.TryGetValue(own, out _)) && (previous?.Invoke(context) ?? true);
        }
    }
}
