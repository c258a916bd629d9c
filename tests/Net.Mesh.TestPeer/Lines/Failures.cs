using System.Text.Json;
using System.Text.Json.Nodes;
using Net.Mesh.Channels;
using Net.Mesh.Rpc;

namespace Net.Mesh.TestPeer.Lines;

/// <summary>An operation did not work, with the word that the contract has for it.</summary>
public sealed class OperationException(string error, string message) : Exception(message)
{
    /// <summary>The stable word.</summary>
    public string Error { get; } = error;
}

/// <summary>The words of the contract for what goes wrong.</summary>
internal static class Failures
{
    /// <summary>Puts what went wrong into a reply.</summary>
    public static void Explain(Exception cause, JsonObject reply)
    {
        reply["error"] = Word(cause);
        reply["message"] = cause.Message;
        if (cause is ChannelRejectedException refused)
            reply["reason"] = refused.Reason?.ToString();
        if (cause is RpcServerException answered)
            reply["status"] = answered.Status.Code;
    }

    private static string Word(Exception cause) => cause switch
    {
        OperationException { Error: var error } => error,
        OperationCanceledException or TimeoutException => "timeout",
        MessageTooLargeException => "too_large",
        TokenException => "invalid",
        MeshException { Kind: "unknown-peer" or "no-session" } => "not_connected",
        MeshException { Kind: "handshake-timeout" or "ack-timeout" } => "timeout",
        MeshException { Kind: "invalid-name" } => "invalid",
        MeshException { Kind: "already-in-flight" } => "in_flight",
        MeshException { Kind: "reference-refused" } => "secure_profile",
        MeshException { Kind: var kind } => kind.Replace('-', '_'),
        ArgumentException or FormatException or InvalidOperationException or JsonException => "invalid",
        _ => "failed",
    };
}
