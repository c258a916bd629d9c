using Microsoft.Extensions.Logging;

namespace Net.Mesh.Rpc;

/// <summary>What calls log.</summary>
internal static partial class RpcLog
{
    [LoggerMessage(5001, LogLevel.Error, "the observer of calls {Observer} failed; it is told on, and this is logged once")]
    public static partial void ObserverFailed(ILogger log, Type observer, Exception cause);
}
