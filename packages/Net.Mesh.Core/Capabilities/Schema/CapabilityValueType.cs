namespace Net.Mesh.Capabilities;

/// <summary>What a key of the schema takes (spec 04 §15).</summary>
public enum CapabilityValueType : byte
{
    /// <summary>No value.</summary>
    Presence,

    /// <summary>An unsigned 64-bit integer in decimal.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Bool,

    /// <summary>Any text that is not empty.</summary>
    Text,

    /// <summary>One of several words; which ones is not checked, but it is not empty.</summary>
    Enumeration,

    /// <summary>Words with commas between; not empty.</summary>
    Csv,
}
