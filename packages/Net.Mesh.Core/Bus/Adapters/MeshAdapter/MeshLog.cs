using Microsoft.Extensions.Logging;
using Net.Mesh.Transport;

namespace Net.Mesh.Bus;

/// <summary>What a mesh link logs. No payload and no key ever stands in a line.</summary>
internal static partial class MeshLog
{
    [LoggerMessage(101, LogLevel.Information, "mesh link: session {Session:x16} with {Peer}, {Security}, {Streams}")]
    public static partial void SessionInstalled(this ILogger log, ulong session, DatagramAddress peer, string security, string streams);

    [LoggerMessage(102, LogLevel.Warning, "mesh link: {Peer} speaks the 0.27 handshake. Whoever holds the mesh's key and recorded the handshake can read this session")]
    public static partial void ReferenceSession(this ILogger log, DatagramAddress peer);

    [LoggerMessage(103, LogLevel.Warning, "mesh link: {Peer} was refused: {Reason}")]
    public static partial void PeerRefused(this ILogger log, DatagramAddress peer, string reason);

    [LoggerMessage(104, LogLevel.Information, "mesh link: no answer from {Peer} to handshake {Attempt}")]
    public static partial void HandshakeUnanswered(this ILogger log, DatagramAddress peer, int attempt);

    [LoggerMessage(105, LogLevel.Warning, "mesh link: nothing heard from {Peer} for {Silence}; events wait for it")]
    public static partial void PeerSilent(this ILogger log, DatagramAddress peer, TimeSpan silence);

    [LoggerMessage(106, LogLevel.Information, "mesh link: {Peer} left")]
    public static partial void PeerLeft(this ILogger log, DatagramAddress peer);

    public static string ReferenceRefusal(MeshLinkOptions options) => options.PeerAdmission == PeerAdmission.AllowReference
        ? "the peer speaks the 0.27 handshake, and was known by the secure profile before: somebody may be impersonating it"
        : "the peer speaks the 0.27 handshake, whose sessions can be read by whoever holds the mesh's key and recorded the handshake. Set PeerAdmission to AllowReference to admit it all the same";
}
