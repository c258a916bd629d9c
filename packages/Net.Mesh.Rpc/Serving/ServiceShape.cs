namespace Net.Mesh.Rpc;

/// <summary>Which way items stream in a service's calls; a service has one shape.</summary>
public enum ServiceShape
{
    /// <summary>One request, one answer.</summary>
    Unary,

    /// <summary>One request, a stream of items as the answer.</summary>
    ServerStreaming,

    /// <summary>A stream of items as the request, one answer.</summary>
    ClientStreaming,

    /// <summary>Streams both ways.</summary>
    Duplex,
}
