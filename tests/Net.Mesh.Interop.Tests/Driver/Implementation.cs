using Net.Mesh.TestSupport;

namespace Net.Mesh.Interop.Tests.Driver;

/// <summary>Whose node it is.</summary>
public enum Implementation
{
    /// <summary>Ours, in the process of the test.</summary>
    Ours,

    /// <summary>Ours, as the program.</summary>
    OursAsProgram,

    /// <summary>The Rust original, 0.27.2.</summary>
    Original,

    /// <summary>The independent peer that behaves as 0.27.2.</summary>
    IndependentReference,

    /// <summary>The independent peer with the secure profile.</summary>
    IndependentSecure,
}

internal static class Implementations
{
    public static bool IsOurs(this Implementation whose) => whose is Implementation.Ours or Implementation.OursAsProgram;

    public static bool IsIndependent(this Implementation whose) => whose is Implementation.IndependentReference or Implementation.IndependentSecure;

    public static LinePeer Start(this Implementation whose)
    {
        switch (whose)
        {
            case Implementation.Ours:
                return LinePeer.StartHere("our node");
            case Implementation.OursAsProgram:
                return LinePeer.StartProcess("our test peer", Path.Combine(AppContext.BaseDirectory, "Net.Mesh.TestPeer"));
            case Implementation.Original:
                return LinePeer.StartProcess("refpeer", Requires.ReferenceTool("refpeer"));
            default:
                (string python, string folder) = Requires.SpecPeer();
                return LinePeer.StartProcess("specpeer", python, folder);
        }
    }
}
