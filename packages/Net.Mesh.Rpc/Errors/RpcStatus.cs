namespace Net.Mesh.Rpc;

/// <summary>How a call ended, as the server says it (spec 07 §4). Codes from 0x8000 on are the application's.</summary>
/// <param name="Code">The code on the wire.</param>
public readonly record struct RpcStatus(ushort Code)
{
    /// <summary>It succeeded.</summary>
    public static readonly RpcStatus Ok = new(0);

    /// <summary>There is no such service.</summary>
    public static readonly RpcStatus NotFound = new(1);

    /// <summary>The caller may not.</summary>
    public static readonly RpcStatus Unauthorized = new(2);

    /// <summary>The deadline had passed.</summary>
    public static readonly RpcStatus Timeout = new(3);

    /// <summary>The server has more to do than it takes on.</summary>
    public static readonly RpcStatus Backpressure = new(4);

    /// <summary>The call was cancelled.</summary>
    public static readonly RpcStatus Cancelled = new(5);

    /// <summary>The handler failed in a way that is none of the caller's business, or the call made no sense.</summary>
    public static readonly RpcStatus Internal = new(6);

    /// <summary>The server could not read the request.</summary>
    public static readonly RpcStatus UnknownVersion = new(7);

    /// <summary>The service's allow-lists do not name the caller.</summary>
    public static readonly RpcStatus CapabilityDenied = new(8);

    /// <summary>The typed handler could not read the body.</summary>
    public static readonly RpcStatus TypedBadRequest = new(0x8000);

    /// <summary>The typed handler ran and failed.</summary>
    public static readonly RpcStatus TypedHandlerError = new(0x8001);

    private static readonly string[] Names = ["Ok", "NotFound", "Unauthorized", "Timeout", "Backpressure", "Cancelled", "Internal", "UnknownVersion", "CapabilityDenied"];

    /// <summary>Whether the code is the application's, or one that is not spoken for.</summary>
    public bool IsApplication => Code >= Names.Length;

    /// <summary>The name, or the code in hex.</summary>
    public override string ToString() => Code < Names.Length ? Names[Code]
        : Code == TypedBadRequest.Code ? nameof(TypedBadRequest)
        : Code == TypedHandlerError.Code ? nameof(TypedHandlerError)
        : $"0x{Code:x4}";
}
