using System.Text;

namespace Net.Mesh.Rpc;

/// <summary>
/// A header of a request or a reply: a short name, lower case by convention, and bytes. Order is kept, and a name may come twice.
/// </summary>
/// <param name="Name">1 to 64 bytes of UTF-8.</param>
/// <param name="Value">At most 4,096 bytes.</param>
public readonly record struct RpcHeader(string Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>A header with a text, as UTF-8.</summary>
    public RpcHeader(string name, string value)
        : this(name, Encoding.UTF8.GetBytes(value))
    {
    }

    /// <summary>The value as UTF-8 text.</summary>
    public string GetString() => Encoding.UTF8.GetString(Value.Span);
}
