using System.Globalization;

namespace Net.Mesh.Wire;

/// <summary>One subprotocol that a node knows, and the versions of it that it gets on with (spec 02 §7.2).</summary>
public sealed record SubprotocolDescriptor
{
    /// <summary>Describes a subprotocol that gets on with its own version and newer ones.</summary>
    /// <param name="id">The id on the wire.</param>
    /// <param name="name">A name for people.</param>
    /// <param name="version">The version that is spoken.</param>
    public SubprotocolDescriptor(ushort id, string name, SubprotocolVersion version)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Id = id;
        Name = name;
        Version = version;
        MinCompatible = version;
    }

    /// <summary>The id on the wire.</summary>
    public ushort Id { get; }

    /// <summary>A name for people.</summary>
    public string Name { get; }

    /// <summary>The version that is spoken.</summary>
    public SubprotocolVersion Version { get; }

    /// <summary>The oldest version of the other side that still works; the version itself by default, and never newer.</summary>
    public SubprotocolVersion MinCompatible
    {
        get;
        init => field = value > Version ? Version : value;
    }

    /// <summary>Whether this node handles it, rather than only knowing its name; true by default.</summary>
    public bool IsHandled { get; init; } = true;

    /// <summary>The capability tag of a node that handles it: <c>subprotocol:0x</c> and four lower-case hexadecimal digits.</summary>
    public string CapabilityTag => string.Create(CultureInfo.InvariantCulture, $"subprotocol:0x{Id:x4}");
}
