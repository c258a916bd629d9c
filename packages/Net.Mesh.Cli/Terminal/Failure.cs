using System.Net.Sockets;
using Net.Mesh.Rpc;

namespace Net.Mesh.Cli.Terminal;

/// <summary>What a person or a script is told when a command fails: one line, a stable word, an exit status.</summary>
internal readonly record struct Failure(int ExitCode, string Kind, string Message)
{
    /// <summary>Null for what is a defect of the program, which is not dressed up.</summary>
    public static Failure? From(Exception cause) => cause switch
    {
        CommandException command => new(command.ExitCode, command.Kind, command.Message),
        PeerException peer => new(ExitCodeOf(peer), peer.Kind, peer.Message),
        MeshException { Kind: "key-file" } key => new(Terminal.ExitCode.Usage, key.Kind, key.Message),
        ChannelException { Kind: "rejected" } refused => new(Terminal.ExitCode.Refused, refused.Kind, refused.Message),
        ChannelException { Kind: "no-session" or "ack-timeout" } silent => new(Terminal.ExitCode.Unreachable, silent.Kind, silent.Message),
        RpcException call => new(ExitCodeOf(call), call.Kind, Printable.Text(call.Message)), // a server may say anything
        MeshException mesh => new(Terminal.ExitCode.Failure, mesh.Kind, mesh.Message),
        SocketException socket => new(Terminal.ExitCode.Failure, "socket", socket.Message),
        IOException or UnauthorizedAccessException => new(Terminal.ExitCode.Failure, "file", cause.Message),
        _ => null,
    };

    private static int ExitCodeOf(RpcException failure) => failure switch
    {
        RpcNoRouteException or RpcTimeoutException => Terminal.ExitCode.Unreachable,
        RpcCapabilityDeniedException => Terminal.ExitCode.Refused,
        RpcServerException { Status: var status } when status == RpcStatus.Unauthorized || status == RpcStatus.CapabilityDenied => Terminal.ExitCode.Refused,
        _ => Terminal.ExitCode.Failure,
    };

    private static int ExitCodeOf(PeerException failure) => failure.Kind switch
    {
        "handshake-timeout" or "no-route" or "unknown-peer" or "no-echo" => Terminal.ExitCode.Unreachable,
        "handshake-failed" or "reference-refused" or "too-many-peers" => Terminal.ExitCode.Refused,
        _ => Terminal.ExitCode.Failure,
    };
}
