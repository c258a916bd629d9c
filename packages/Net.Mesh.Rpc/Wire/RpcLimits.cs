namespace Net.Mesh.Rpc.Wire;

/// <summary>How long the parts of a frame may be (spec 07 §14).</summary>
internal static class RpcLimits
{
    public const int MaxServiceBytes = 255;
    public const int MaxHeaders = 32;
    public const int MaxHeaderNameBytes = 64;
    public const int MaxHeaderValueBytes = 4096;

    /// <summary>The longest body towards and from a peer of Net 0.27; between our own nodes a message's limit counts.</summary>
    public const int MaxReferenceBodyBytes = 4 * 1024 * 1024;

    /// <summary>The longest service whose request channel has a name, and whose reply channel has one.</summary>
    public const int MaxServedServiceBytes = 246;
    public const int MaxCallableServiceBytes = 230;
}
