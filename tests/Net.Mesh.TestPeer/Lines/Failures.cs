using System.Text.Json;

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
    public static (string Error, string Message) Explain(Exception cause) => (Word(cause), cause.Message);

    private static string Word(Exception cause) => cause switch
    {
        OperationException { Error: var error } => error,
        OperationCanceledException or TimeoutException => "timeout",
        MessageTooLargeException => "too_large",
        MeshException { Kind: "unknown-peer" } => "not_connected",
        MeshException { Kind: "handshake-timeout" } => "timeout",
        MeshException { Kind: "already-in-flight" } => "in_flight",
        MeshException { Kind: "reference-refused" } => "secure_profile",
        MeshException { Kind: var kind } => kind.Replace('-', '_'),
        ArgumentException or FormatException or InvalidOperationException or JsonException => "invalid",
        _ => "failed",
    };
}
