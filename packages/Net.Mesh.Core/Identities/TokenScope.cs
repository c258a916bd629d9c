namespace Net.Mesh;

/// <summary>What a permission token grants (spec 03 §2.2). Bits without a name are kept, and grant nothing.</summary>
[Flags]
public enum TokenScope : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Publishing on the channel.</summary>
    Publish = 1,

    /// <summary>Subscribing to the channel.</summary>
    Subscribe = 2,

    /// <summary>Managing the channel; the mesh itself never asks for it.</summary>
    Admin = 4,

    /// <summary>Handing the grant on.</summary>
    Delegate = 8,

    /// <summary>Every channel; the token's channel counts for nothing.</summary>
    Wildcard = 16,

    /// <summary>All of it, on one channel: no wildcard.</summary>
    All = Publish | Subscribe | Admin | Delegate,
}
