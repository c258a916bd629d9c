namespace Net.Mesh.Rpc;

/// <summary>How a node calls and serves.</summary>
public sealed class RpcOptions
{
    /// <summary>How long a call may take that says nothing else; infinite for ever. Streams have no deadline of their own. Default: 30 s.</summary>
    public TimeSpan DefaultDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a server may take to answer that it serves a service. Default: 5 s. The call's own deadline counts as well.</summary>
    public TimeSpan SubscribeTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Items of a stream that may be on the way to a reader, or from a writer, that says nothing else. Default: 64.</summary>
    public uint StreamWindow { get; set; } = 64;

    /// <summary>The most calls that handlers work on at once, for each service; more are answered with Backpressure. Default: 4096.</summary>
    public int MaxConcurrencyPerService { get; set; } = 4096;

    /// <summary>The same for each caller of a service. Default: 1024.</summary>
    public int MaxConcurrencyPerCaller { get; set; } = 1024;

    /// <summary>The longest request that is taken, in bytes; longer ones are answered with TypedBadRequest. Default: 16 MiB.</summary>
    public int MaxRequestBytes { get; set; } = 16 * 1024 * 1024;

    /// <summary>The most calls of this node that may be unanswered; further ones fail at once. Default: 65,536.</summary>
    public int MaxPendingCalls { get; set; } = 65_536;

    /// <summary>The most pairs of node and service that this node remembers how to call. Default: 1024.</summary>
    public int MaxRoutes { get; set; } = 1024;

    /// <summary>Items of a stream that may wait for a reader where nothing else limits them: a peer of Net 0.27 may ignore the window. Default: 1024.</summary>
    public int MaxUnreadItems { get; set; } = 1024;

    /// <summary>Bytes that may be on the way on one channel to one peer before it has taken them. Default: 1 MiB.</summary>
    public int WindowBytes { get; set; } = 1024 * 1024;

    /// <summary>Bytes that may wait to be sent on one channel to one peer before streams wait. Default: 1 MiB.</summary>
    public long MaxQueuedBytes { get; set; } = 1024 * 1024;

    /// <summary>Calls that are over and remembered, for each service, so that a copy of their request does not run again. Default: 4096.</summary>
    public int MaxRememberedCalls { get; set; } = 4096;

    /// <summary>Every problem with the options; empty when they are right.</summary>
    public IReadOnlyList<string> Validate()
    {
        var problems = new List<string>();
        Require(DefaultDeadline > TimeSpan.Zero || DefaultDeadline == Timeout.InfiniteTimeSpan, nameof(DefaultDeadline), DefaultDeadline, "more than zero, or infinite");
        Require(SubscribeTimeout > TimeSpan.Zero, nameof(SubscribeTimeout), SubscribeTimeout, "more than zero");
        Require(StreamWindow >= 1, nameof(StreamWindow), StreamWindow, "1 or more");
        Require(MaxConcurrencyPerService >= 1, nameof(MaxConcurrencyPerService), MaxConcurrencyPerService, "1 or more");
        Require(MaxConcurrencyPerCaller >= 1, nameof(MaxConcurrencyPerCaller), MaxConcurrencyPerCaller, "1 or more");
        Require(MaxRequestBytes >= 0, nameof(MaxRequestBytes), MaxRequestBytes, "0 or more");
        Require(MaxPendingCalls >= 1, nameof(MaxPendingCalls), MaxPendingCalls, "1 or more");
        Require(MaxRoutes >= 1, nameof(MaxRoutes), MaxRoutes, "1 or more");
        Require(MaxUnreadItems >= 1, nameof(MaxUnreadItems), MaxUnreadItems, "1 or more");
        Require(WindowBytes >= 16_384, nameof(WindowBytes), WindowBytes, "16,384 or more, two full packets");
        Require(MaxQueuedBytes >= 1, nameof(MaxQueuedBytes), MaxQueuedBytes, "1 or more");
        Require(MaxRememberedCalls >= 0, nameof(MaxRememberedCalls), MaxRememberedCalls, "0 or more");
        return problems;

        void Require(bool isRight, string name, object value, string wanted)
        {
            if (!isRight)
                problems.Add($"Rpc: {name} is {value}; it has to be {wanted}.");
        }
    }
}
