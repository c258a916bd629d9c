using Net.Mesh.Rpc.Wire;

namespace Net.Mesh.Rpc;

/// <summary>The names of the channels that a service rides on (spec 07 §2.1).</summary>
internal static class RpcNames
{
    public static ChannelName Requests(string service) => ChannelName.Parse(service + ".requests");

    public static ChannelName Replies(string service, OriginHash caller) => ChannelName.Parse($"{service}.replies.{caller.Value:x16}");

    public static string RepliesPrefix(string service) => service + ".replies.";

    /// <summary>The request channel of a service; false when the name is none.</summary>
    public static bool TryRequests(string? service, int maxBytes, out ChannelName requests)
    {
        requests = default;
        return !string.IsNullOrEmpty(service) && service.Length <= maxBytes && ChannelName.TryCreate(service + ".requests", out requests, out _) && ChannelName.TryCreate(service, out _, out _);
    }
}

/// <summary>How a service appears in announcements.</summary>
internal static class ServiceTags
{
    public static string TagOf(string service) => "nrpc:" + service;
}
