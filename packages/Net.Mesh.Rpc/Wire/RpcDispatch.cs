namespace Net.Mesh.Rpc.Wire;

/// <summary>What an event of a call is, by the first byte of its meta (spec 07 §2.4).</summary>
internal enum RpcDispatch : byte
{
    Request = 0x10,
    Response = 0x11,
    Cancel = 0x12,
    DeadlineExceeded = 0x13, // reserved: never sent, ignored
    StreamGrant = 0x14,
    RequestChunk = 0x15,
    RequestGrant = 0x16,
}

/// <summary>The bits of a request and of its chunks (spec 07 §3.7).</summary>
[Flags]
internal enum RpcFlags : ushort
{
    None = 0,
    StreamingResponse = 0x0002,
    PropagateTrace = 0x0004,
    ClientStreaming = 0x0010,
    RequestEnd = 0x0020,
    Duplex = StreamingResponse | ClientStreaming,
}
